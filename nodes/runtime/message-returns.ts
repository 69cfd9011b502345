/**
 * Messages on their way through a flow, known by `_msgid`: which have come back to the input of the node that sent them,
 * which are overdue. Node-RED itself cannot tell when the journey of a message is over.
 */
import type { Clock } from '../../src/index';

/** What a message that came back means. */
export type Return = 'released' | 'late' | 'unknown';

export interface MessageReturnsOptions {
  clock: Clock;
  /** A message that is not back by then is overdue. */
  limitMs: number;
  /** Whether an overdue message counts as done; else it is waited for on. */
  release: boolean;
  /** Before it is released, if it is. Must not throw. */
  onOverdue(group: string): void;
}

/** A message that is sent. */
export interface Launch {
  id: string;
  /** The stream it belongs to. */
  group: string;
  /** It is back, released, or not waited for any more; once. Must not throw. */
  onDone(): void;
}

/** Ids that are remembered: branches of a flow may bring the same message back several times. */
const MAX_REMEMBERED_IDS = 256;

/** See the file header. */
export class MessageReturns {
  readonly #options: MessageReturnsOptions;
  readonly #away = new Map<string, Launch & { cancel: () => void }>();
  readonly #earlier = new Set<string>();

  constructor(options: MessageReturnsOptions) {
    this.#options = options;
  }

  /** Messages that are waited for. */
  get waiting(): number {
    return this.#away.size;
  }

  /** Call it before the message is sent: a flow may answer at once. */
  launch(launch: Launch): void {
    const { clock, limitMs } = this.#options;
    this.#away.set(launch.id, { ...launch, cancel: clock.after(limitMs, () => this.#overdue(launch)) });
  }

  /** A message with this id has come to the input. */
  returned(id: string): Return {
    if (!this.#away.has(id)) return this.#earlier.has(id) ? 'late' : 'unknown';
    this.#land(id);
    return 'released';
  }

  /** Nobody waits for the messages of this group any more. */
  end(group: string): void {
    for (const launch of [...this.#away.values()]) if (launch.group === group) this.#land(launch.id);
  }

  /** Nobody waits for any message any more. */
  close(): void {
    for (const id of [...this.#away.keys()]) this.#land(id);
  }

  #overdue({ id, group }: Launch): void {
    this.#options.onOverdue(group);
    if (this.#options.release) this.#land(id);
  }

  #land(id: string): void {
    const launch = this.#away.get(id);
    if (launch === undefined) return;
    this.#away.delete(id);
    launch.cancel();
    this.#earlier.add(id);
    const [oldest] = this.#earlier;
    if (this.#earlier.size > MAX_REMEMBERED_IDS && oldest !== undefined) this.#earlier.delete(oldest);
    launch.onDone();
  }
}
