/**
 * One stream to any number of sinks: each starts at a keyframe of its own, or is brought up to date by somebody who
 * kept what came before. Nothing is kept here; without sinks the stream is discarded, which keeps the camera open.
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

/** Those who wait for a keyframe, on their way to what the others have. */
export interface LateSinks {
  /** From a keyframe on. False: none of them waits any more. */
  deliver(unit: AccessUnit): boolean;
  /** They have everything, and go on with the others. */
  begin(): void;
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

  deliver(unit: AccessUnit): void {
    const receivers = [...this.#attachments].filter(({ started }) => started || unit.keyframe);
    for (const receiver of receivers) receiver.started = true;
    this.#give(receivers, unit);
  }

  /** Those who wait now. */
  lateSinks(): LateSinks {
    const late = [...this.#attachments].filter(({ started }) => !started);
    const waiting = (): Attachment[] => late.filter((each) => !each.started && this.#attachments.has(each));
    return {
      deliver: (unit) => {
        const receivers = waiting();
        this.#give(receivers, unit);
        return receivers.length > 0;
      },
      begin: () => {
        for (const each of waiting()) each.started = true;
      },
    };
  }

  clear(): void {
    this.#attachments.clear();
  }

  /** The last sink gets the unit itself, the others copies made before: every one of them owns its bytes. */
  #give(receivers: readonly Attachment[], unit: AccessUnit): void {
    const units = receivers.map((_, index) =>
      index === receivers.length - 1 ? unit : { ...unit, data: Buffer.from(unit.data) },
    );
    for (const [index, { sink }] of receivers.entries()) {
      guard(this.#onFault, () => sink.onAccessUnit(units[index] ?? unit))();
    }
  }

  #tell(sink: SourceSink, facts: SourceFacts): void {
    guard(this.#onFault, () => sink.onFacts(facts))();
  }
}
