import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock';
import type { AccessUnit } from '../../../src/media/video';
import type { ReceivedFrame } from '../../../src/transport/video-receiver';
import { VideoReceiver } from '../../../src/transport/video-receiver';
import { VideoSender } from '../../../src/transport/video-sender';
import type { SendOutcome } from '../../../src/transport/video-sender';
import { h264Units, hasClip, vp8Units } from './clip-frames';
import { connect, recordedPeer } from './peer-pair';
import type { Told } from './peer-pair';

const open: { close(): unknown }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

/** A peer with a sender and a receiver of video. */
function endpoint(
  role: 'offerer' | 'answerer',
): Told & { sender: VideoSender; receiver: VideoReceiver; frames: ReceivedFrame[] } {
  const frames: ReceivedFrame[] = [];
  const told = recordedPeer(
    { role, video: 'sendrecv', channels: role === 'offerer' ? ['inference'] : [] },
    { onRtp: (codec, packet) => receiver.push(codec, packet) },
  );
  const { peer } = told;
  const receiver = new VideoReceiver({ peer, clock: systemClock, onFrame: (frame) => frames.push(frame) });
  const sender = new VideoSender({ peer, clock: systemClock, closingPacket: true });
  open.push(peer, sender, receiver);
  return Object.assign(told, { sender, receiver, frames });
}

/** Sends at the units' own pace; resolves with what became of each. */
async function play(sender: VideoSender, units: readonly AccessUnit[]): Promise<SendOutcome[]> {
  const outcomes: SendOutcome[] = [];
  const startMs = performance.now();
  const first = units[0]?.pts90k ?? 0;
  for (const unit of units) {
    const dueMs = startMs + (unit.pts90k - first) / 90;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
    outcomes.push(sender.send(unit));
  }
  return outcomes;
}

/** Each sent unit is there, bit by bit, at the time the sender said. */
function expectSame(frames: readonly ReceivedFrame[], units: readonly AccessUnit[], outcomes: SendOutcome[]): void {
  expect(outcomes.map((outcome) => outcome.kind)).toEqual(units.map(() => 'sent'));
  expect(frames.map((frame) => frame.rtpTimestamp90k)).toEqual(
    outcomes.map((outcome) => (outcome.kind === 'sent' ? outcome.rtpTimestamp : undefined)),
  );
  expect(frames.map((frame) => frame.accessUnit.codec)).toEqual(units.map((unit) => unit.codec));
  expect(frames.map((frame) => frame.accessUnit.keyframe)).toEqual(units.map((unit) => unit.keyframe));
  const differing = units.filter((unit, index) => frames[index]?.accessUnit.data.equals(unit.data) !== true);
  expect(differing).toHaveLength(0);
}

describe.skipIf(!hasClip)('video between two peers (needs ../shared/media)', () => {
  it('brings every VP8 frame of a real clip over bit by bit, both ways at once', async () => {
    const offerer = endpoint('offerer');
    const answerer = endpoint('answerer');
    await connect(offerer, answerer);
    const units = vp8Units(40, 60);
    const [up, down] = await Promise.all([play(offerer.sender, units), play(answerer.sender, units)]);
    await Promise.all([
      answerer.until(() => answerer.frames.length >= units.length),
      offerer.until(() => offerer.frames.length >= units.length),
    ]);
    expectSame(answerer.frames, units, up);
    expectSame(offerer.frames, units, down);
    expect(answerer.receiver.stats.packetsLost).toBe(0);
    expect([...offerer.faults, ...answerer.faults]).toEqual([]);
  });

  it('brings every H.264 frame of a real camera clip over bit by bit', async () => {
    const offerer = endpoint('offerer');
    const answerer = endpoint('answerer');
    await connect(offerer, answerer);
    const units = h264Units(60, 60);
    const outcomes = await play(offerer.sender, units);
    await answerer.until(() => answerer.frames.length >= units.length);
    expectSame(answerer.frames, units, outcomes);
  });

  it('changes from copied H.264 to encoded VP8 in mid-session without losing a frame', async () => {
    const offerer = endpoint('offerer');
    const answerer = endpoint('answerer');
    await connect(offerer, answerer);
    const copied = h264Units(25, 60);
    const encoded = vp8Units(25, 60).map((unit) => ({ ...unit, pts90k: unit.pts90k + 25 * 1_500 }));
    const units = [...copied, ...encoded];
    const outcomes = await play(offerer.sender, units);
    await answerer.until(() => answerer.frames.length >= units.length);
    expectSame(answerer.frames, units, outcomes);
    expect(answerer.receiver.stats.packetsLost).toBe(0);
  });

  it('asks for a keyframe at the start and the other side hears of it, on a line that goes both ways', async () => {
    const offerer = endpoint('offerer');
    const answerer = endpoint('answerer');
    await connect(offerer, answerer);
    const [first] = vp8Units(1);
    if (first === undefined) throw new Error('no frame');
    offerer.sender.send(first);
    answerer.sender.send(first);
    await offerer.until((told) => told.keyframeRequests === 1);
    await answerer.until((told) => told.keyframeRequests === 1);
  });

  it('goes on after the sequence number has wrapped', async () => {
    const offerer = endpoint('offerer');
    const answerer = recordedPeer({ role: 'answerer', video: 'recvonly' });
    open.push(answerer.peer);
    await connect(offerer, answerer);
    const sent = [65_533, 65_534, 65_535, 0, 1, 2];
    for (const sequenceNumber of sent) {
      offerer.peer.sendRtp('vp8', { sequenceNumber, timestamp: 0, marker: true, payload: Buffer.from([0x10, 1, 2]) });
    }
    await answerer.until((told) => told.packets.length === sent.length);
    expect(answerer.packets.map(({ packet }) => packet.sequenceNumber)).toEqual(sent);
  });
});
