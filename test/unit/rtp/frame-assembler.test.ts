import { describe, expect, it } from 'vitest';
import { FrameAssembler } from '../../../src/rtp/frame-assembler';
import { H264_END_OF_SEQUENCE } from '../../../src/rtp/h264-bitstream';
import { hiddenVp8Frame } from '../../../src/rtp/hidden-vp8-frame';
import { parseVp8FrameHeader } from '../../../src/rtp/vp8-frame-header';
import { packetizeVp8 } from '../../../src/rtp/vp8-packetizer';
import { eventTexts as text } from './event-texts';
import { packet } from './packets';

/** A whole VP8 keyframe and inter frame of one packet each; only the first bytes are ever looked at. */
const KEY = '10 10 00 00 9d 01 2a 40 01 f0 00 aa';
const INTER = '10 11 02 00 bb';

/** One-packet frames: sequence number, payload, timestamp. */
function pushAll(assembler: FrameAssembler, frames: [number, string, number][], nowMs = 0): string[] {
  return frames.flatMap(([sequenceNumber, payload, timestamp]) =>
    text(assembler.push(packet(sequenceNumber, payload, { timestamp, marker: true }), nowMs)),
  );
}

describe('FrameAssembler', () => {
  it('starts at a keyframe and asks for one until it comes', () => {
    const assembler = new FrameAssembler({ codec: 'vp8' });
    expect(
      pushAll(assembler, [
        [1, INTER, 10],
        [2, INTER, 20],
        [3, KEY, 30],
        [4, INTER, 40],
      ]),
    ).toEqual(['loss 0', 'loss 0', 'key 30', 'inter 40']);
    expect(assembler.stats.droppedFrames).toBe(2);
  });

  it('drops everything after a loss up to the next keyframe', () => {
    const assembler = new FrameAssembler({ codec: 'vp8', reorderMs: 100 });
    pushAll(assembler, [[1, KEY, 0]], 0);
    expect(pushAll(assembler, [[4, INTER, 30]], 50)).toEqual([]);
    expect(assembler.nextDeadlineMs).toBe(150);
    expect(text(assembler.expire(150))).toEqual(['loss 2', 'loss 0']);
    expect(assembler.nextDeadlineMs).toBeUndefined();
    expect(
      pushAll(
        assembler,
        [
          [5, INTER, 40],
          [6, KEY, 50],
        ],
        160,
      ),
    ).toEqual(['loss 0', 'key 50']);
    expect(assembler.stats).toMatchObject({ frames: 2, droppedFrames: 2, lostPackets: 2 });
  });

  it('needs no new keyframe when it was the keyframe that came after the gap', () => {
    const assembler = new FrameAssembler({ codec: 'vp8', reorderMs: 100 });
    pushAll(
      assembler,
      [
        [1, KEY, 0],
        [3, KEY, 30],
      ],
      0,
    );
    expect(text(assembler.expire(100))).toEqual(['loss 1', 'key 30']);
  });

  it('passes hidden frames one tick later like any other frame', () => {
    const assembler = new FrameAssembler({ codec: 'vp8' });
    const hidden =
      packetizeVp8(hiddenVp8Frame(320, 240), { maxPayloadBytes: 1200, pictureId: 2 })[0] ?? Buffer.alloc(0);
    pushAll(assembler, [[1, KEY, 3000]]);
    const [event] = assembler.push(packet(2, hidden, { timestamp: 3001, marker: true }), 0);
    expect(event).toMatchObject({ kind: 'frame', rtpTimestamp: 3001, accessUnit: { pts90k: 3001, keyframe: false } });
    expect(event?.kind === 'frame' && parseVp8FrameHeader(event.accessUnit.data)?.showFrame).toBe(false);
    expect(pushAll(assembler, [[3, INTER, 6000]])).toEqual(['inter 6000']);
  });

  it('gives nothing for an end of sequence one tick later, and goes on', () => {
    const assembler = new FrameAssembler({ codec: 'h264' });
    const end = H264_END_OF_SEQUENCE.toString('hex');
    expect(
      pushAll(assembler, [
        [1, '65 88 11', 3000],
        [2, end, 3001],
        [3, '41 9a 22', 6000],
        [4, end, 6001],
      ]),
    ).toEqual(['key 3000', 'inter 6000']);
  });

  it('survives empty packets between frames, as used to probe bandwidth', () => {
    const assembler = new FrameAssembler({ codec: 'vp8' });
    expect(
      pushAll(assembler, [
        [1, KEY, 0],
        [2, '', 0],
        [3, '', 10],
        [4, INTER, 20],
      ]),
    ).toEqual(['key 0', 'inter 20']);
  });

  it('treats a frame beyond the limit as lost', () => {
    const assembler = new FrameAssembler({ codec: 'vp8', maxFrameBytes: 5000 });
    pushAll(assembler, [[1, KEY, 0]]);
    const part = Buffer.concat([Buffer.from([0x10, 0x11]), Buffer.alloc(3000)]);
    const events = [2, 3].flatMap((number) => assembler.push(packet(number, part, { timestamp: 10 }), 0));
    expect(text(events)).toEqual(['loss 0']);
    expect(
      pushAll(assembler, [
        [4, '00 00', 10],
        [5, INTER, 20],
        [6, KEY, 30],
      ]),
    ).toEqual(['loss 0', 'key 30']);
    expect(assembler.stats.oversizedFrames).toBe(1);
  });

  it('hands out data that does not share memory with the packets', () => {
    const assembler = new FrameAssembler({ codec: 'vp8' });
    const payload = packet(1, KEY, { marker: true });
    const [event] = assembler.push(payload, 0);
    const before = event?.kind === 'frame' ? Buffer.from(event.accessUnit.data) : undefined;
    payload.payload.fill(0);
    expect(event).toMatchObject({ accessUnit: { data: before, codec: 'vp8', capturedAtMs: null } });
  });
});
