/**
 * CPU time of child processes, read from /proc where there is one (Linux). Small files of the kernel, a few of them and
 * seldom: reading them does not wait for a disk.
 */
import { readFileSync } from 'node:fs';

/** The kernel counts in hundredths of a second for programs, whatever its own tick is (`USER_HZ`). */
const MS_PER_TICK = 10;

/** Told which children live; asked now and then what they took. */
export class ChildCpu {
  readonly #readStat: (pid: number) => string;
  /** Milliseconds at the last look; of what came since: 0. */
  readonly #children = new Map<number, number>();

  /** `readStat` gives `/proc/PID/stat` or throws. */
  constructor(readStat = (pid: number): string => readFileSync(`/proc/${pid}/stat`, 'utf8')) {
    this.#readStat = readStat;
  }

  child(pid: number, running: boolean): void {
    if (!running) this.#children.delete(pid);
    else if (!this.#children.has(pid)) this.#children.set(pid, 0);
  }

  /**
   * Milliseconds of CPU since the last call, all living children together. What one took that has ended since the last
   * call is not in it. Null: this system does not tell.
   */
  take(): number | null {
    let sumMs = 0;
    let known = this.#children.size === 0 && this.#cpuMs(process.pid) !== undefined;
    for (const [pid, before] of this.#children) {
      const nowMs = this.#cpuMs(pid);
      if (nowMs === undefined) continue;
      known = true;
      sumMs += nowMs - before;
      this.#children.set(pid, nowMs);
    }
    return known ? sumMs : null;
  }

  #cpuMs(pid: number): number | undefined {
    try {
      // The second field, the name in brackets, may hold blanks and brackets; utime and stime are fields 14 and 15.
      const fields = this.#readStat(pid)
        .replace(/^.*\) /s, '')
        .split(' ');
      const ticks = Number(fields[11]) + Number(fields[12]);
      return Number.isFinite(ticks) ? ticks * MS_PER_TICK : undefined;
    } catch {
      return undefined;
    }
  }
}
