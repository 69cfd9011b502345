import { describe, expect, it } from 'vitest';
import type { AccessUnit } from '../../../src/media/video';
import { SinkHub } from '../../../src/source/sink-hub';
import type { SourceFacts } from '../../../src/source/source-facts';
import { CollectingSink } from './collecting-sink';

const FACTS: SourceFacts = { path: 'copied', reason: null, codec: 'h264', width: 2, height: 2, fps: 10 };
const unit = (pts90k: number, keyframe: boolean): AccessUnit => ({
  ...{ codec: 'vp8', pts90k, keyframe, capturedAtMs: null },
  data: Buffer.from([pts90k]),
});
const times = (sink: CollectingSink): number[] => sink.units.map(({ pts90k }) => pts90k);

function hub(): { hub: SinkHub; faults: () => number } {
  let faults = 0;
  return { hub: new SinkHub(() => (faults += 1)), faults: () => faults };
}

describe('SinkHub', () => {
  it('starts each sink at a keyframe and stops it when it is detached', () => {
    const { hub: source } = hub();
    const [early, late] = [new CollectingSink(), new CollectingSink()];
    source.deliver(unit(0, true));
    const detach = source.attach(early);
    source.deliver(unit(1, false));
    source.deliver(unit(2, true));
    source.attach(late);
    source.deliver(unit(3, false));
    source.deliver(unit(4, true));
    detach();
    detach();
    source.deliver(unit(5, false));
    expect([times(early), times(late)]).toEqual([
      [2, 3, 4],
      [4, 5],
    ]);
  });

  it('gives every sink bytes of its own', () => {
    const { hub: source } = hub();
    const greedy = { onFacts: () => undefined, onAccessUnit: ({ data }: AccessUnit) => void data.fill(0) };
    const sink = new CollectingSink();
    source.attach(greedy);
    source.attach(sink);
    source.attach(greedy);
    source.deliver(unit(7, true));
    expect(sink.units[0]?.data).toEqual(Buffer.from([7]));
  });

  it('tells facts at once, and again only when they change', () => {
    const { hub: source } = hub();
    const sink = new CollectingSink();
    source.setFacts(FACTS);
    source.attach(sink);
    source.setFacts({ ...FACTS });
    source.setFacts({ ...FACTS, fps: 11 });
    expect(sink.facts).toEqual([FACTS, { ...FACTS, fps: 11 }]);
  });

  it('counts what a sink throws and goes on with the others', () => {
    const { hub: source, faults } = hub();
    const fail = (): never => {
      throw new Error('sink');
    };
    const sink = new CollectingSink();
    source.attach({ onFacts: fail, onAccessUnit: fail });
    source.attach(sink);
    source.setFacts(FACTS);
    source.deliver(unit(1, true));
    expect([sink.facts.length, times(sink), faults()]).toEqual([1, [1], 2]);
  });
});
