// Which FFmpegs a process has started in any of its threads (Linux only). Shared with the harnesses, which are no TypeScript.
import { readdirSync, readFileSync } from 'node:fs';

export function ffmpegChildren(word = '', parent = process.pid) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const [state, startedBy] = (stat.split(') ')[1] ?? '').split(' ');
        // A child of a thread that died stays as a zombie until Node ends: nobody else may wait for it.
        if (state === 'Z' || Number(startedBy) !== parent || !stat.includes('(ffmpeg)')) return false;
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word);
      } catch {
        return false;
      }
    });
}
