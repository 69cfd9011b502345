import { describe, expect, it } from 'vitest';
import { FlightPacer, RatePacer } from '../../../nodes/runtime/frame-pacer';
import { RequestPacer } from '../../../nodes/runtime/request-pacer';
import { ManualClock } from '../transport/manual-clock';

describe('RatePacer', () => {
  const make = (intervalMs: number) => {
    const clock = new ManualClock();
    const sent: [stream: string, frame: number, atMs: number][] = [];
    const send = (stream: string, frame: number) => void sent.push([stream, frame, clock.monotonicMs() - 1_000]);
    return { clock, sent, pacer: new RatePacer({ clock, intervalMs, send }) };
  };

  it('sends the first frame at once and then the newest when the interval is over', () => {
    const { clock, sent, pacer } = make(100);
    for (let frame = 0; frame < 10; frame += 1) {
      pacer.offer('door', frame);
      clock.advance(30);
    }
    expect(sent).toEqual([
      ['door', 0, 0],
      ['door', 3, 100],
      ['door', 6, 200],
      ['door', 9, 300],
    ]);
    expect(pacer.counts).toEqual({ sent: 4, dropped: 6 });
  });

  it('lets everything through that is slower than the limit', () => {
    const { clock, sent, pacer } = make(100);
    for (let frame = 0; frame < 5; frame += 1) {
      pacer.offer('door', frame);
      clock.advance(150);
    }
    expect(sent).toHaveLength(5);
    expect(pacer.counts.dropped).toBe(0);
  });

  it('never sends two within the interval, also when the event loop was blocked', () => {
    const { clock, sent, pacer } = make(100);
    pacer.offer('door', 0);
    pacer.offer('door', 1);
    clock.block(500);
    pacer.offer('door', 2);
    pacer.offer('door', 3);
    clock.advance(99);
    expect(sent.map(([, frame]) => frame)).toEqual([0, 2]);
    clock.advance(1);
    expect(sent.map(([, frame]) => frame)).toEqual([0, 2, 3]);
  });

  it('counts each stream for itself', () => {
    const { sent, pacer } = make(100);
    pacer.offer('door', 1);
    pacer.offer('yard', 2);
    pacer.offer('door', 3);
    expect(sent.map(([stream]) => stream)).toEqual(['door', 'yard']);
  });

  it('forgets what waits when it is closed', () => {
    const { clock, sent, pacer } = make(100);
    pacer.offer('door', 1);
    pacer.offer('door', 2);
    pacer.close();
    clock.advance(1_000);
    expect(sent).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });
});

describe('FlightPacer', () => {
  const make = () => {
    const clock = new ManualClock();
    const sent: [stream: string, frame: number, id: string][] = [];
    let ids = 0;
    const asked = { times: 0 };
    const pacer = new FlightPacer<number>({
      clock,
      releaseMs: 1_000,
      ask: () => (asked.times += 1),
      newId: () => `id${++ids}`,
      send: (stream, frame, id) => void sent.push([stream, frame, id]),
    });
    return { clock, sent, asked, pacer };
  };

  it('sends the newest frame when the last message has come back, and nothing before', () => {
    const { sent, pacer } = make();
    for (let frame = 0; frame < 5; frame += 1) pacer.offer('door', frame);
    expect(sent).toEqual([['door', 0, 'id1']]);
    expect(pacer.returned('id1')).toBe('released');
    expect(sent.at(-1)).toEqual(['door', 4, 'id2']);
    expect(pacer.counts).toEqual({ sent: 2, dropped: 3 });
  });

  it('sends the next frame at once when none waited as the message came back', () => {
    const { sent, pacer } = make();
    pacer.offer('door', 0);
    pacer.returned('id1');
    pacer.offer('door', 1);
    expect(sent).toHaveLength(2);
  });

  it('asks for a frame when none waits, and for a newer one when the one that waits is old', () => {
    const { clock, sent, asked, pacer } = make();
    pacer.offer('door', 0);
    pacer.returned('id1');
    expect(asked.times).toBe(1);
    pacer.offer('door', 1);
    pacer.offer('door', 2);
    clock.advance(900);
    pacer.returned('id2');
    expect([asked.times, sent.length]).toEqual([2, 2]);
    pacer.offer('yard', 3);
    pacer.offer('door', 4);
    expect(sent.at(-1)).toEqual(['door', 4, 'id3']);
    expect(pacer.counts).toEqual({ sent: 3, dropped: 1 });
  });

  it('takes the frame of a slow stream after all, and none of a stream that is over', () => {
    const { clock, sent, pacer } = make();
    for (const frame of [0, 1]) pacer.offer('door', frame);
    clock.advance(500);
    pacer.returned('id1');
    clock.advance(300);
    expect(sent.at(-1)).toEqual(['door', 1, 'id2']);
    pacer.offer('door', 2);
    for (let second = 0; second < 6; second += 1) pacer.offer('yard', second);
    clock.advance(999);
    pacer.close();
    expect([sent.length, clock.pending]).toEqual([2, 0]);
  });

  it('goes on without a message that never comes back, and takes it for late when it does', () => {
    const { clock, sent, pacer } = make();
    pacer.offer('door', 0);
    pacer.offer('door', 1);
    clock.advance(999);
    expect(sent).toHaveLength(1);
    clock.advance(1);
    expect(pacer.lost).toBe(1);
    pacer.offer('door', 2);
    expect(sent).toHaveLength(2);
    expect(pacer.returned('id1')).toBe('late');
    expect(sent).toHaveLength(2);
  });

  it('knows a message that came by two wires from one that is not its own', () => {
    const { pacer } = make();
    pacer.offer('door', 0);
    pacer.returned('id1');
    expect([pacer.returned('id1'), pacer.returned('other')]).toEqual(['late', 'unknown']);
  });

  it('lets no stream starve another', () => {
    const { sent, pacer } = make();
    pacer.offer('door', 0);
    pacer.offer('yard', 1);
    pacer.offer('door', 2);
    pacer.offer('yard', 3);
    pacer.returned('id1');
    pacer.returned('id2');
    expect(sent.map(([stream, frame]) => `${stream} ${frame}`)).toEqual(['door 0', 'yard 3', 'door 2']);
  });

  it('leaves no timer when it is closed', () => {
    const { clock, pacer } = make();
    pacer.offer('door', 0);
    pacer.close();
    expect(clock.pending).toBe(0);
  });
});

describe('RequestPacer', () => {
  const make = () => {
    const clock = new ManualClock();
    const asked: string[] = [];
    const ask = (stream: string) => void asked.push(stream);
    return { clock, asked, pacer: new RequestPacer<number>({ clock, waitMs: 2_000, ask }) };
  };

  it('gives the newest frame to everyone who asks', async () => {
    const { pacer } = make();
    for (let frame = 0; frame < 4; frame += 1) pacer.offer('door', frame);
    expect(await pacer.request('')).toEqual({ stream: 'door', frame: 3 });
    expect(await pacer.request('door')).toEqual({ stream: 'door', frame: 3 });
    pacer.offer('door', 4);
    expect(pacer.counts).toEqual({ sent: 2, dropped: 3 });
  });

  it('gives a frame of the stream that is asked for, and the newest of all otherwise', async () => {
    const { pacer } = make();
    pacer.offer('door', 1);
    pacer.offer('yard', 2);
    pacer.offer('door', 3);
    expect((await pacer.request('yard')).frame).toBe(2);
    expect((await pacer.request('')).frame).toBe(3);
  });

  it('waits for the next frame when the last is no longer what the camera sees', async () => {
    const { clock, pacer } = make();
    pacer.offer('door', 1);
    clock.advance(5_001);
    const answer = pacer.request('door');
    expect(pacer.waiting).toBe(1);
    pacer.offer('yard', 2);
    pacer.offer('door', 3);
    expect((await answer).frame).toBe(3);
    expect([pacer.waiting, clock.pending]).toEqual([0, 0]);
  });

  it('has a frame made for each request, and gives the last one where none comes', async () => {
    const { clock, asked, pacer } = make();
    pacer.offer('door', 1);
    clock.advance(1_000);
    const answers = [pacer.request('door'), pacer.request('')];
    expect(asked).toEqual(['door', '']);
    pacer.offer('door', 2);
    expect((await Promise.all(answers)).map(({ frame }) => frame)).toEqual([2, 2]);
    clock.advance(1_000);
    const slow = pacer.request('door');
    clock.advance(500);
    expect((await slow).frame).toBe(2);
    expect([asked.length, clock.pending]).toEqual([3, 0]);
  });

  it('asks again while a request waits', async () => {
    const { clock, asked, pacer } = make();
    const answer = pacer.request('door');
    clock.advance(1_500);
    expect(asked).toHaveLength(3);
    pacer.offer('door', 1);
    expect((await answer).frame).toBe(1);
  });

  it('fails after the given time, and says that trying again may help', async () => {
    const { clock, pacer } = make();
    const answer = pacer.request('door').catch((thrown: unknown) => thrown);
    clock.advance(2_000);
    expect(await answer).toMatchObject({ code: 'WAIT_TIMEOUT', retry: true });
    expect(pacer.waiting).toBe(0);
  });

  it('refuses more than 64 that wait, and tells all of them when it is closed', async () => {
    const { clock, pacer } = make();
    const waiting = Array.from({ length: 64 }, () => pacer.request('').catch((thrown: unknown) => thrown));
    await expect(pacer.request('')).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    pacer.close();
    for (const outcome of await Promise.all(waiting)) expect(outcome).toMatchObject({ code: 'SESSION_CLOSED' });
    expect(clock.pending).toBe(0);
  });
});
