/** One short FFmpeg run, such as a listing: arguments in, all its text out. Bounded in time and in size. */
import { FfmpegProcess } from './process';
import type { FfmpegExit, FfmpegRun, RunnableProgram } from './process';

/** What it wrote; more than 256 KiB of either are left out. */
export interface BriefRun {
  stdout: string;
  stderr: string;
  exit: FfmpegExit;
  /** It did not end by itself. */
  timedOut: boolean;
}

const MAX_BYTES = 256 * 1024;

/** Never rejects: what went wrong stands in `exit`. */
export async function runBriefly(
  program: RunnableProgram,
  run: Pick<FfmpegRun, 'args' | 'onChild'> & { timeoutMs: number },
): Promise<BriefRun> {
  const [stdout, stderr] = [new BoundedText(), new BoundedText()];
  const process = new FfmpegProcess(program, {
    ...{ args: run.args, input: 'none', outputs: 1, onChild: run.onChild },
    onOutput: (_index, chunk) => stdout.push(chunk),
    onStderr: (chunk) => stderr.push(chunk),
  });
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    void process.close();
  }, run.timeoutMs);
  const exit = await process.exited;
  clearTimeout(timer);
  return { stdout: stdout.text, stderr: stderr.text, exit, timedOut };
}

class BoundedText {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  push(chunk: Buffer): void {
    const room = MAX_BYTES - this.#bytes;
    if (room <= 0) return;
    this.#bytes += Math.min(room, chunk.length);
    this.#chunks.push(Buffer.from(chunk.subarray(0, room)));
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}
