import { describe, expect, it } from 'vitest';
import type { AccessUnit } from '../../../src/media/video';
import { catchUp } from '../../../src/source/catch-up';
import { GopBuffer } from '../../../src/source/gop-buffer';
import type { TimedPacket } from '../../../src/source/gop-buffer';
import { SinkHub } from '../../../src/source/sink-hub';
import { ManualClock } from '../transport/manual-clock';
import { CollectingSink } from './collecting-sink';

const FPS = 25;
const STEP_MS = 10;

/** A camera whose pictures are numbered; every tenth is a keyframe. */
function camera(bytes = 1) {
  const clock = new ManualClock();
  const [gop, hub] = [new GopBuffer(), new SinkHub(() => undefined)];
  let number = 0;
  const unitOf = ({ pts90k, keyframe, data }: TimedPacket): AccessUnit => ({
    ...{ codec: 'h264', pts90k, keyframe, data, capturedAtMs: null },
  });
  const picture = (): void => {
    const packet = {
      streamIndex: 0,
      pts90k: number,
      keyframe: number % 10 === 0,
      data: Buffer.alloc(bytes),
      readAtMs: 0,
    };
    number += 1;
    gop.push(packet);
    hub.deliver(unitOf(packet));
  };
  const join = (): { sink: CollectingSink; leave: () => void } => {
    const sink = new CollectingSink();
    const leave = hub.attach(sink);
    const fail = (thrown: unknown): never => {
      throw thrown;
    };
    catchUp({ gop, isCopying: () => true, unitOf, sinks: hub.lateSinks(), fps: FPS, clock, onFault: fail });
    return { sink, leave };
  };
  return { clock, picture, join };
}

const numbers = ({ units }: CollectingSink): number[] => units.map(({ pts90k }) => pts90k);
const upTo = (end: number): number[] => Array.from({ length: end + 1 }, (_, index) => index);

describe('catchUp', () => {
  it('sends what came since the keyframe four times as fast, then every picture once', () => {
    const { clock, picture, join } = camera();
    for (let count = 0; count < 4; count += 1) picture();
    const { sink } = join();
    expect(numbers(sink)).toEqual([0]);
    clock.advance(STEP_MS);
    expect(numbers(sink)).toEqual([0, 1]);
    picture();
    expect(numbers(sink)).toEqual([0, 1]);
    clock.advance(3 * STEP_MS);
    expect(numbers(sink)).toEqual(upTo(4));
    expect(clock.pending).toBe(0);
    picture();
    expect(numbers(sink)).toEqual(upTo(5));
  });

  it('ends where the next keyframe comes first', () => {
    const { clock, picture, join } = camera();
    for (let count = 0; count < 9; count += 1) picture();
    const { sink } = join();
    clock.advance(STEP_MS);
    picture();
    picture();
    clock.advance(10 * STEP_MS);
    expect(numbers(sink)).toEqual([0, 1, 10]);
    expect(clock.pending).toBe(0);
  });

  it('ends when the sink leaves, and needs a keyframe in its buffer', () => {
    const { clock, picture, join } = camera();
    const early = join();
    expect(numbers(early.sink)).toEqual([]);
    for (let count = 0; count < 5; count += 1) picture();
    const { sink, leave } = join();
    leave();
    clock.advance(10 * STEP_MS);
    expect(numbers(sink)).toEqual([0]);
    expect(clock.pending).toBe(0);
  });

  it('waits for the next keyframe where too much came since the last one', () => {
    const { clock, picture, join } = camera(400_000);
    for (let count = 0; count < 4; count += 1) picture();
    const { sink } = join();
    clock.advance(10 * STEP_MS);
    expect([numbers(sink), clock.pending]).toEqual([[], 0]);
    for (let count = 0; count < 7; count += 1) picture();
    expect(numbers(sink)).toEqual([10]);
  });
});
