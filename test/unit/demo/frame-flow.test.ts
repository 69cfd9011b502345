import { describe, expect, it } from 'vitest';
import { AckGate } from '../../../src/demo/ack-gate';
import { FrameIntake, type IncomingFrame } from '../../../src/demo/frame-intake';
import { completionMessage, frameMessage, localIsoTime } from '../../../src/demo/result-messages';
import { parseFileFacts } from '../../../src/demo/file-probe';
import { grey } from './grey-picture';

function frameAt(pts90k: number): IncomingFrame {
  return { picture: { ...grey(4, 2, 0), pts90k }, receivedAtMs: 1_000.25, width: 4, height: 2 };
}

describe('FrameIntake', () => {
  it('keeps the newest picture only in realtime', async () => {
    const intake = new FrameIntake({ realtime: true, capacity: 60, onTaken: () => undefined });
    for (const pts of [1, 2, 3]) intake.offer(frameAt(pts));
    expect((await intake.next())?.picture.pts90k).toBe(3);
    expect(intake.dropped).toBe(2);
  });

  it('keeps all in order in batch mode, up to its capacity', async () => {
    const intake = new FrameIntake({ realtime: false, capacity: 2, onTaken: () => undefined });
    for (const pts of [1, 2, 3]) intake.offer(frameAt(pts));
    intake.end();
    intake.offer(frameAt(4));
    const taken = [await intake.next(), await intake.next(), await intake.next()];
    expect(taken.map((frame) => frame?.picture.pts90k)).toEqual([2, 3, undefined]);
    expect(intake.dropped).toBe(1);
  });

  it('wakes the one who waits, for a picture and for the end', async () => {
    const intake = new FrameIntake({ realtime: true, capacity: 1, onTaken: () => undefined });
    const first = intake.next();
    intake.offer(frameAt(7));
    expect((await first)?.picture.pts90k).toBe(7);
    const second = intake.next();
    intake.stop();
    expect(await second).toBeUndefined();
  });
});

describe('AckGate', () => {
  /** Whether frame `frameId` may start now. */
  async function passes(gate: AckGate, frameId: number): Promise<boolean> {
    return Promise.race([gate.pass(frameId).then(() => true), new Promise<false>((r) => setImmediate(r, false))]);
  }

  it('lets everything through until the first acknowledgement', async () => {
    const gate = new AckGate({ paced: true });
    expect(await passes(gate, 100)).toBe(true);
    gate.acknowledge(1);
    expect(await passes(gate, 2)).toBe(true);
    expect(await passes(gate, 3)).toBe(false);
  });

  it('is opened by a later acknowledgement and not by an earlier one', async () => {
    const gate = new AckGate({ paced: true });
    gate.acknowledge(5);
    gate.acknowledge(2);
    expect(await passes(gate, 6)).toBe(true);
    const waiting = gate.pass(8);
    gate.acknowledge(7);
    await waiting;
  });

  it('does not pace realtime sessions, nor closing ones', async () => {
    const realtime = new AckGate({ paced: false });
    realtime.acknowledge(1);
    expect(await passes(realtime, 50)).toBe(true);
    const closing = new AckGate({ paced: true });
    closing.acknowledge(1);
    const waiting = closing.pass(9);
    closing.release();
    await waiting;
  });
});

describe('result messages', () => {
  const result = { frameId: 7, frame: frameAt(18_000), declaredFps: 30, data: { count: 2 }, errors: [] };

  it('has the fields of the protocol for a frame', () => {
    expect(frameMessage(result)).toEqual({
      serialized_output_data: { count: 2 },
      video_metadata: {
        ...{ frame_id: 7, received_at: localIsoTime(1_000.25), pts: 18_000, time_base: 1 / 90_000 },
        ...{ declared_fps: 30, measured_fps: null, width: 4, height: 2 },
      },
      errors: [],
      processing_complete: false,
      termination_reason: null,
    });
  });

  it('repeats the last frame without its size at the end', () => {
    const message = completionMessage(result, { nowMs: 0, declaredFps: 30, reason: 'timeout_reached' });
    expect(message).toMatchObject({ processing_complete: true, termination_reason: 'timeout_reached' });
    expect(message['video_metadata']).toMatchObject({ frame_id: 7, pts: 18_000 });
    expect(message['video_metadata']).not.toHaveProperty('width');
  });

  it('ends a session without frames at frame 0', () => {
    const message = completionMessage(undefined, { nowMs: 0, declaredFps: null, reason: null });
    expect(message).toMatchObject({ processing_complete: true, video_metadata: { frame_id: 0, pts: null } });
  });

  it('writes local time with microseconds and without a zone', () => {
    const epochMs = new Date(2026, 7, 21, 20, 33, 52, 123).getTime() + 0.456;
    expect(localIsoTime(epochMs)).toMatch(/^2026-08-21T20:33:52\.12345[56]$/);
  });
});

describe('parseFileFacts', () => {
  it.each([
    [
      '  Stream #0:0[0x1](und): Video: h264 (High) (avc1 / 0x31637661), yuv420p(tv, smpte170m, progressive), 426x240, 320 kb/s, 30 fps, 30 tbr, 30 tbn (default)',
      { width: 426, height: 240, fps: 30 },
    ],
    [
      '  Stream #0:0[0x1](und): Video: mpeg4 (Simple Profile) (mp4v / 0x7634706D), yuv420p, 640x480 [SAR 1:1 DAR 4:3], 2033 kb/s, 29.97 fps, 30 tbr, 15360 tbn (default)',
      { width: 640, height: 480, fps: 29.97 },
    ],
    ['/tmp/x: Invalid data found when processing input', { width: null, height: null, fps: null }],
  ])('reads size and rate: %s', (text, facts) => {
    expect(parseFileFacts(`Input #0\n${text}\nAt least one output file must be specified`)).toEqual(facts);
  });
});
