/** A real FFmpeg that sends a clip over and over, as a camera or media server does. */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

/** Whether the FFmpeg in PATH knows a protocol. */
export function hasProtocol(name: string): boolean {
  return execFileSync('ffmpeg', ['-hide_banner', '-protocols']).toString().split(/\s+/).includes(name);
}

export interface Sender {
  child: ChildProcess;
  stop(): Promise<void>;
}

/** `output`: what follows the input on the command line. */
export function startSender(clip: string, output: readonly string[]): Sender {
  const args = ['-nostdin', '-loglevel', 'error', '-re', '-stream_loop', '-1', '-i', clip, ...output];
  const child = spawn('ffmpeg', args, { stdio: 'ignore' });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  return { child, stop };
}
