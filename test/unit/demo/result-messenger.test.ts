import { describe, expect, it } from 'vitest';
import { MessageAssembler } from '../../../src/channel/message-assembler';
import { systemClock } from '../../../src/clock';
import type { DemoFaults } from '../../../src/demo/faults';
import { ResultMessenger } from '../../../src/demo/result-messenger';

/** A channel that keeps what it is given. */
function setUp(faults: DemoFaults) {
  const sent: (Buffer | string)[] = [];
  const channel = {
    buffered: 0,
    send: (_label: string, data: Buffer | string) => sent.push(data) > 0,
    bufferedBytes: () => channel.buffered,
  };
  const messenger = new ResultMessenger({ peer: channel, clock: systemClock, faults: () => faults });
  messenger.useChannel('inference');
  const assemble = () => {
    const assembler = new MessageAssembler();
    return sent.flatMap((message) => assembler.push(message) ?? []);
  };
  return { sent, channel, messenger, assemble };
}

const LONG = { text: Array.from({ length: 30_000 }, (_, index) => index.toString(36)).join('') };

describe('ResultMessenger', () => {
  it('sends gzip in chunks that the client can put together', async () => {
    const { sent, messenger, assemble } = setUp({});
    await messenger.send({ frameId: 3, json: LONG, compressible: true });
    expect(sent.length).toBeGreaterThan(0);
    expect(Buffer.from(sent[0] ?? '').subarray(12, 14)).toEqual(Buffer.from([0x1f, 0x8b]));
    expect(assemble()).toEqual([{ headerFrameId: 3, json: LONG }]);
  });

  it('leaves small facts uncompressed when told so', async () => {
    const { sent, messenger } = setUp({});
    await messenger.send({ frameId: 1, json: { a: 1 }, compressible: false });
    expect(
      Buffer.from(sent[0] ?? '')
        .subarray(12)
        .toString(),
    ).toBe('{"a":1}');
  });

  it('discards without an open channel', async () => {
    const { channel, sent } = setUp({});
    const silent = new ResultMessenger({ peer: channel, clock: systemClock, faults: () => ({}) });
    await silent.send({ frameId: 1, json: {}, compressible: false });
    expect(sent).toEqual([]);
    expect(silent.discarded).toBe(1);
  });

  it('waits until the channel has drained, or gives up when closed', async () => {
    const { channel, messenger, sent } = setUp({});
    channel.buffered = 10_000_000;
    const waiting = messenger.send({ frameId: 1, json: {}, compressible: false });
    expect(sent).toEqual([]);
    channel.buffered = 0;
    await waiting;
    expect(sent).toHaveLength(1);
    channel.buffered = 10_000_000;
    const never = messenger.send({ frameId: 2, json: {}, compressible: false });
    messenger.close();
    await never;
    expect(sent).toHaveLength(1);
  });

  it('mixes the chunks of two interleaved messages so that both can still be read', async () => {
    const { messenger, assemble } = setUp({ interleavedFrames: [1] });
    await messenger.send({ frameId: 1, json: { id: 1, ...LONG }, compressible: false });
    expect(assemble()).toEqual([]);
    await messenger.send({ frameId: 2, json: { id: 2, ...LONG }, compressible: false });
    expect(
      assemble()
        .map(({ headerFrameId }) => headerFrameId)
        .sort(),
    ).toEqual([1, 2]);
  });

  it.each<[string, DemoFaults]>([
    ['a gzip stream cut short', { badGzipFrames: 'all' }],
    ['text that is no JSON', { malformedJsonFrames: 'all' }],
  ])('sends %s on demand', async (_what, faults) => {
    const { messenger, assemble } = setUp(faults);
    await messenger.send({ frameId: 1, json: LONG, compressible: true });
    expect(assemble).toThrow();
  });

  it('sends half a frame, or text, on the frames asked for only', async () => {
    const { messenger, assemble, sent } = setUp({ partialFrames: [1], textFrames: [2] });
    for (const frameId of [1, 2, 3]) await messenger.send({ frameId, json: { frameId }, compressible: true });
    expect(assemble().map(({ json }) => json)).toEqual([{ frameId: 2 }, { frameId: 3 }]);
    expect(sent.filter((message) => typeof message === 'string')).toEqual(['{"frameId":2}']);
  });
});
