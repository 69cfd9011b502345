import { describe, expect, it } from 'vitest';
import { FrameQueue } from '../../../src/client/frame-queue';

async function drain(queue: FrameQueue<number>): Promise<number[]> {
  const frames: number[] = [];
  for await (const frame of queue) frames.push(frame);
  return frames;
}

describe('FrameQueue', () => {
  it('yields frames in order and then ends', async () => {
    const queue = new FrameQueue<number>(() => undefined);
    const frames = drain(queue);
    queue.push(1);
    queue.push(2);
    queue.end(null);
    expect(await frames).toEqual([1, 2]);
  });

  it('keeps the newest eight, and its end even when full', async () => {
    const queue = new FrameQueue<number>(() => undefined);
    for (let frame = 1; frame <= 20; frame += 1) queue.push(frame);
    queue.end(null);
    expect(await drain(queue)).toEqual([13, 14, 15, 16, 17, 18, 19, 20]);
  });

  it('throws the error after the frames that were there', async () => {
    const queue = new FrameQueue<number>(() => undefined);
    queue.push(1);
    queue.end(new Error('lost'));
    const seen: number[] = [];
    await expect(
      (async () => {
        for await (const frame of queue) seen.push(frame);
      })(),
    ).rejects.toThrow('lost');
    expect(seen).toEqual([1]);
  });

  it('wakes a waiting loop with the error', async () => {
    const queue = new FrameQueue<number>(() => undefined);
    const frames = drain(queue);
    queue.end(new Error('lost'));
    await expect(frames).rejects.toThrow('lost');
  });

  it('tells when the loop was left', async () => {
    let left = false;
    const queue = new FrameQueue<number>(() => (left = true));
    queue.push(1);
    for await (const frame of queue) {
      expect(frame).toBe(1);
      break;
    }
    expect(left).toBe(true);
  });
});
