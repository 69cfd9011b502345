/**
 * Acknowledgement by the flow: a frame is done when the message that carried it comes back to the input of its node,
 * straight or through a core Complete node. What does not come back is told, and by setting given up.
 */
import type { NodeMessage } from 'node-red';
import { SessionError } from '../../src/index';
import type { Clock, PhaseEvent } from '../../src/index';
import type { ConfigReader } from './config-reader';
import { MessageReturns } from './message-returns';
import { ENDED } from './stream-phases';
import { WarningPause } from './warning-pause';

/** When a frame counts as done. */
export type Acknowledgement = { kind: 'at-once' } | { kind: 'returned'; limitMs: number; release: boolean };

/** What it is made of. */
export interface FlowAcknowledgementParts {
  /** How messages name the node: `on-data`. */
  type: string;
  settings: Extract<Acknowledgement, { kind: 'returned' }>;
  clock: Clock;
  newId: () => string;
  /** Tells the Catch nodes. Must not throw. */
  fail(error: SessionError, stream: string): void;
}

/** See the file header. */
export class FlowAcknowledgement {
  readonly #parts: FlowAcknowledgementParts;
  readonly #returns: MessageReturns;
  /** False once messages went out that nobody counts. */
  #isStrict = true;
  #overdue = 0;
  readonly #warnings = new WarningPause();

  constructor(parts: FlowAcknowledgementParts) {
    this.#parts = parts;
    const { limitMs, release } = parts.settings;
    const onOverdue = (stream: string): void => this.#tellOverdue(stream);
    this.#returns = new MessageReturns({ clock: parts.clock, limitMs, release, onOverdue });
  }

  /** Messages that are with the flow, and how many were ever overdue. */
  get counts(): { waiting: number; overdue: number } {
    return { waiting: this.#returns.waiting, overdue: this.#overdue };
  }

  /**
   * Sends a message under an id of its own; resolves when it is done, never rejects. Throws what `send` throws. Where
   * nobody waits (`awaited`), live video for example, the message may come back, and that is all.
   */
  send(stream: string, awaited: boolean, send: (id: string) => void): Promise<void> | undefined {
    const id = this.#parts.newId();
    if (!awaited) {
      this.#isStrict = false;
      send(id);
      return undefined;
    }
    const done = new Promise<void>((onDone) => this.#returns.launch({ id, group: stream, onDone }));
    try {
      send(id);
    } catch (thrown) {
      this.#returns.returned(id);
      throw thrown;
    }
    return done;
  }

  /** A message at the input. One that was here before is fine. Throws INVALID_OPTION for any other. */
  takeBack(message: NodeMessage): void {
    if (this.#returns.returned(message._msgid ?? '') !== 'unknown' || !this.#isStrict) return;
    throw strangeMessage(this.#parts.type);
  }

  /** What a stream does now: when it has ended, or begins anew, nobody waits for what was sent before. */
  phase({ phase }: PhaseEvent, stream: string): void {
    if (phase === 'connecting' || ENDED.has(phase)) this.#returns.end(stream);
  }

  close(): void {
    this.#returns.close();
  }

  #tellOverdue(stream: string): void {
    this.#overdue += 1;
    const { type, settings, clock } = this.#parts;
    const untold = this.#warnings.pass('overdue', clock.monotonicMs());
    if (untold === undefined) return;
    const seconds = settings.limitMs / 1_000;
    const then = settings.release ? 'It counts as done now.' : 'The server waits until it does.';
    const message =
      `A message of ${type} has not come back to its input within ${seconds} s. ${then} Check that every way through ` +
      'the flow ends there with the same message (msg._msgid), or give it more time.';
    const details = { waiting: this.#returns.waiting, overdue: untold + 1 };
    this.#parts.fail(new SessionError('NOT_ACKNOWLEDGED', message, { details }), stream);
  }
}

/** For a message that a node did not send, or sent too long ago. */
export function strangeMessage(type: string): SessionError {
  return new SessionError(
    'INVALID_OPTION',
    `The message is not one that this ${type} sent: bring the very message (msg._msgid) back to its input.`,
  );
}

/** Throws INVALID_OPTION. */
export function parseAcknowledgement(fields: ConfigReader): Acknowledgement {
  const kind = fields.choice('acknowledge', ['at-once', 'returned']);
  if (kind === 'at-once') return { kind };
  const seconds = fields.number('ackSeconds', { min: 1, max: 86_400 }) ?? 30;
  return { kind, limitMs: 1_000 * seconds, release: fields.choice('ackOverdue', ['wait', 'release']) === 'release' };
}
