/** Gives sessions their worker threads: one each up to a limit, shared beyond it; an empty thread ends. */
import { WorkerThread } from './worker-thread';

/** See the file header. */
export class ThreadPool {
  readonly #threads = new Set<WorkerThread>();

  /** Threads that are running. */
  get size(): number {
    return this.#threads.size;
  }

  /** A fresh thread (for a tenant with that FFmpeg) while fewer than `maxThreads` run, else that with the fewest tenants. */
  acquire(maxThreads: number, ffmpegPath?: string): WorkerThread {
    const candidates = [...this.#threads].filter(({ isUsable }) => isUsable).sort((a, b) => a.tenants - b.tenants);
    const emptiest = candidates[0];
    if (emptiest !== undefined && candidates.length >= Math.max(1, maxThreads)) return emptiest;
    const thread: WorkerThread = new WorkerThread(() => this.#threads.delete(thread), ffmpegPath);
    this.#threads.add(thread);
    return thread;
  }

  /** Ends the thread if nobody is left in it. */
  async release(thread: WorkerThread): Promise<void> {
    if (thread.tenants > 0 || !this.#threads.delete(thread)) return;
    await thread.close();
  }
}
