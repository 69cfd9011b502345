import { afterEach, expect, it } from 'vitest';
import { connect, recordedPeer } from './peer-pair';
import type { Told } from './peer-pair';

const MESSAGE_BYTES = 49_152;
const QUEUE_LIMIT_BYTES = 262_144;
const EMPTY = Buffer.alloc(0);
const open: Told[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map(({ peer }) => peer.close()));
});

async function connectedPair(channels: string[]): Promise<[Told, Told]> {
  const offerer = recordedPeer({ role: 'offerer', video: 'none', channels });
  const answerer = recordedPeer({ role: 'answerer', video: 'sendrecv' });
  open.push(offerer, answerer);
  await connect(offerer, answerer, channels);
  return [offerer, answerer];
}

/** Sends as an upload does: waits while too much is queued. Returns the most that was queued at a time. */
async function upload(from: Told, label: string, messages: readonly Buffer[]): Promise<number> {
  let most = 0;
  for (const message of messages) {
    while (from.peer.bufferedBytes(label) > QUEUE_LIMIT_BYTES) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(from.peer.send(label, message)).toBe(true);
    most = Math.max(most, from.peer.bufferedBytes(label));
  }
  return most;
}

it('carries a megabyte each way at once, in order and unchanged, within the queue limit', async () => {
  const [offerer, answerer] = await connectedPair(['inference', 'video_upload']);
  const messages = Array.from({ length: 22 }, (_, index) => Buffer.alloc(MESSAGE_BYTES, index + 1));
  const peaks = await Promise.all([upload(offerer, 'video_upload', messages), upload(answerer, 'inference', messages)]);
  await answerer.until((told) => told.messages.length === messages.length);
  await offerer.until((told) => told.messages.length === messages.length);
  for (const [told, label] of [[answerer, 'video_upload'] as const, [offerer, 'inference'] as const]) {
    expect(new Set(told.messages.map((message) => message.label))).toEqual(new Set([label]));
    expect(told.messages.map(({ data }) => Buffer.from(data).equals(messages[Number(data[0]) - 1] ?? EMPTY))).toEqual(
      messages.map(() => true),
    );
    expect(told.messages.map(({ data }) => data[0])).toEqual(messages.map((_, index) => index + 1));
  }
  expect(Math.max(...peaks)).toBeGreaterThan(0);
  expect(Math.max(...peaks)).toBeLessThanOrEqual(QUEUE_LIMIT_BYTES + MESSAGE_BYTES);
  expect(offerer.peer.bufferedBytes('video_upload')).toBe(0);
});

it('keeps text text and bytes bytes', async () => {
  const [offerer, answerer] = await connectedPair(['inference']);
  offerer.peer.send('inference', '{"ack":7}');
  offerer.peer.send('inference', Buffer.from([0, 255]));
  await answerer.until((told) => told.messages.length === 2);
  expect(answerer.messages.map(({ data }) => data)).toEqual(['{"ack":7}', Buffer.from([0, 255])]);
});

it('refuses what cannot be sent: over 64 KiB, nothing at all, an unknown channel, a closed connection', async () => {
  const [offerer, answerer] = await connectedPair(['inference']);
  expect(offerer.peer.send('inference', Buffer.alloc(65_537))).toBe(false);
  expect(offerer.peer.send('inference', '')).toBe(false);
  expect(offerer.peer.send('other', 'x')).toBe(false);
  expect(offerer.peer.send('inference', Buffer.alloc(65_536))).toBe(true);
  await answerer.until((told) => told.messages.length === 1);
  await offerer.peer.close();
  expect(offerer.peer.send('inference', 'x')).toBe(false);
  expect(offerer.peer.bufferedBytes('inference')).toBe(0);
});

it('survives a handler that throws and says so', async () => {
  const offerer = recordedPeer({ role: 'offerer', video: 'none', channels: ['inference'] });
  const answerer = recordedPeer(
    { role: 'answerer', video: 'none' },
    {
      onChannelMessage: (_, data) => {
        if (data === 'bad') throw new Error('handler failed');
      },
    },
  );
  open.push(offerer, answerer);
  await connect(offerer, answerer, ['inference']);
  offerer.peer.send('inference', 'bad');
  offerer.peer.send('inference', 'good');
  await answerer.until((told) => told.messages.length === 2);
  expect(answerer.faults).toEqual([new Error('handler failed')]);
});
