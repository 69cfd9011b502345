/**
 * One stream to any number of sinks: each starts at a keyframe of its own. Nothing is kept for later; without sinks
 * the stream is discarded, which keeps the camera open.
 */
import { isDeepStrictEqual } from 'node:util';
import { guard } from '../guard';
import type { AccessUnit } from '../media/video';
import type { SourceSink } from './live-source';
import type { SourceFacts } from './source-facts';

interface Attachment {
  sink: SourceSink;
  started: boolean;
}

export class SinkHub {
  readonly #attachments = new Set<Attachment>();
  readonly #onFault: () => void;
  #facts: SourceFacts | undefined;

  /** `onFault` hears of every throw of a sink. */
  constructor(onFault: () => void) {
    this.#onFault = onFault;
  }

  /** The result detaches; idempotent. */
  attach(sink: SourceSink): () => void {
    const attachment: Attachment = { sink, started: false };
    this.#attachments.add(attachment);
    if (this.#facts) this.#tell(sink, this.#facts);
    return () => void this.#attachments.delete(attachment);
  }

  get facts(): SourceFacts | undefined {
    return this.#facts;
  }

  /** Every sink hears of a change, the started ones and the waiting ones. */
  setFacts(facts: SourceFacts): void {
    if (isDeepStrictEqual(facts, this.#facts)) return;
    this.#facts = facts;
    for (const { sink } of [...this.#attachments]) this.#tell(sink, facts);
  }

  /** The last sink gets the unit itself, the others copies made before: every one of them owns its bytes. */
  deliver(unit: AccessUnit): void {
    const receivers = [...this.#attachments].filter(({ started }) => started || unit.keyframe);
    const units = receivers.map((_, index) =>
      index === receivers.length - 1 ? unit : { ...unit, data: Buffer.from(unit.data) },
    );
    for (const [index, receiver] of receivers.entries()) {
      receiver.started = true;
      guard(this.#onFault, () => receiver.sink.onAccessUnit(units[index] ?? unit))();
    }
  }

  clear(): void {
    this.#attachments.clear();
  }

  #tell(sink: SourceSink, facts: SourceFacts): void {
    guard(this.#onFault, () => sink.onFacts(facts))();
  }
}
