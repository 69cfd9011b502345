import { describe, expect, it } from 'vitest';
import { PacketPacer } from '../../../src/transport/packet-pacer';
import { ManualClock } from './manual-clock';

function setUp(onSend?: (packet: number) => void): {
  clock: ManualClock;
  pacer: PacketPacer<number>;
  sent: number[];
  faults: unknown[];
} {
  const clock = new ManualClock();
  const sent: number[] = [];
  const faults: unknown[] = [];
  const pacer = new PacketPacer<number>({
    clock,
    send: (packet) => {
      sent.push(packet);
      onSend?.(packet);
    },
    report: (thrown) => faults.push(thrown),
  });
  return { clock, pacer, sent, faults };
}

const packets = (count: number, start = 0): number[] => Array.from({ length: count }, (_, index) => start + index);

describe('PacketPacer', () => {
  it('sends a small frame at once and sets no timer', () => {
    const { clock, pacer, sent } = setUp();
    pacer.push(packets(16), 33);
    expect(sent).toEqual(packets(16));
    expect(clock.pending).toBe(0);
  });

  it('sends 16 packets of a large frame at once and the rest over a quarter of a millisecond each', () => {
    const { clock, pacer, sent } = setUp();
    pacer.push(packets(56), 100);
    expect(sent).toHaveLength(16);
    clock.advance(7);
    expect(sent.length).toBeGreaterThan(32);
    expect(sent.length).toBeLessThan(56);
    clock.advance(7);
    expect(sent).toEqual(packets(56));
  });

  it('has a frame out within half a frame interval, however large', () => {
    const { clock, pacer, sent } = setUp();
    pacer.push(packets(119), 20);
    clock.advance(9);
    expect(sent.length).toBeLessThan(119);
    clock.advance(1);
    expect(sent).toEqual(packets(119));
  });

  it('never lets a frame overtake the one before', () => {
    const { clock, pacer, sent } = setUp();
    pacer.push(packets(60), 30);
    clock.advance(2);
    pacer.push(packets(5, 60), 30);
    clock.advance(30);
    expect(sent).toEqual(packets(65));
  });

  it('keeps no more than 240 packets waiting: the oldest go out early, none is dropped', () => {
    const { clock, pacer, sent } = setUp();
    for (let frame = 0; frame < 4; frame += 1) pacer.push(packets(119, frame * 119), 33);
    expect(pacer.waiting).toBe(240);
    expect(pacer.rushed).toBe(4 * 119 - 16 - 240);
    clock.advance(60);
    expect(sent).toEqual(packets(4 * 119));
  });

  it('catches up at once after the event loop was blocked', () => {
    const { clock, pacer, sent } = setUp();
    pacer.push(packets(80), 100);
    clock.block(500);
    clock.advance(0);
    expect(sent).toEqual(packets(80));
  });

  it('forgets what waits when it is cleared, also from within the sending', () => {
    const { clock, pacer, sent } = setUp((packet) => {
      if (packet === 20) pacer.clear();
    });
    pacer.push(packets(80), 100);
    clock.advance(100);
    expect(sent).toEqual(packets(21));
    expect(clock.pending).toBe(0);
    pacer.push([100], 100);
    expect(sent).toContain(100);
  });

  it('reports a throw in a timer instead of passing it on', () => {
    const { clock, pacer, faults } = setUp((packet) => {
      if (packet === 20) throw new Error('no');
    });
    pacer.push(packets(40), 100);
    clock.advance(100);
    expect(faults).toEqual([new Error('no')]);
  });
});
