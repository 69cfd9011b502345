import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { NutDemuxer } from '../../../src/container/nut-demuxer';
import type { NutPacket, NutStream } from '../../../src/container/nut-demuxer';
import type { SessionError } from '../../../src/errors';
import type { SourceContext, SourceStats } from '../../../src/source/live-source';
import { SinkHub } from '../../../src/source/sink-hub';
import { VideoRelay } from '../../../src/source/video-relay';
import { CollectingSink, grows } from '../../unit/source/collecting-sink';
import { harness } from './source-harness';

interface Clip {
  stream: NutStream;
  packets: NutPacket[];
}

/** A moving picture at 10 fps, encoded by `codecArgs`, as the packets that a reader would give. */
function encode(seconds: number, codecArgs: readonly string[]): Clip {
  const source = ['-v', 'error', '-f', 'lavfi', '-i', `testsrc=s=160x120:r=10:d=${seconds}`, '-pix_fmt', 'yuv420p'];
  const { stdout } = spawnSync('ffmpeg', [...source, ...codecArgs, '-f', 'nut', '-'], { maxBuffer: 1 << 28 });
  const streams: NutStream[] = [];
  const packets: NutPacket[] = [];
  const demuxer = new NutDemuxer({
    onStream: (stream) => streams.push(stream),
    onPacket: (packet) => packets.push(packet),
  });
  demuxer.push(stdout);
  const [stream] = streams;
  if (!stream) throw new Error('FFmpeg gave no stream');
  return { stream, packets };
}

/** As cameras send it: parameter sets before every keyframe. */
const x264 = (...extra: string[]): string[] => [
  ...['-c:v', 'libx264', '-preset', 'ultrafast', '-bsf:v', 'dump_extra=freq=keyframe'],
  ...extra,
];

class Stage {
  readonly sink = new CollectingSink();
  readonly stats: SourceStats = { unitsRead: 0, unitsDropped: 0, sinkFaults: 0 };
  readonly faults: SessionError[] = [];
  readonly relay: VideoRelay;

  readonly hub = new SinkHub(() => (this.stats.sinkFaults += 1));

  constructor(context: SourceContext, requested: 'auto' | 'encode' = 'auto') {
    const { hub } = this;
    hub.attach(this.sink);
    this.relay = new VideoRelay({
      ...{ context, hub, stats: this.stats, requested, what: 'Camera x' },
      onFacts: (facts) => hub.setFacts(facts),
      onFault: (error) => this.faults.push(error),
    });
  }

  /** What came out as text: `copied 0-40, encoded 41-59`, by picture number. */
  get story(): string {
    const runs: { codec: string; from: number; to: number }[] = [];
    for (const { codec, pts90k } of this.sink.units) {
      const number = Math.round(pts90k / 9000);
      const last = runs.at(-1);
      if (last?.codec === codec && last.to === number - 1) last.to = number;
      else runs.push({ codec, from: number, to: number });
    }
    return runs.map(({ codec, from, to }) => `${codec} ${from}-${to}`).join(', ');
  }

  get lastFacts() {
    return this.sink.facts.at(-1);
  }
}

describe('VideoRelay', () => {
  let context: SourceContext;
  let children = new Map<number, boolean>();
  beforeAll(async () => ({ context, children } = await harness()));

  async function run(clip: Clip, requested?: 'auto' | 'encode'): Promise<Stage> {
    const stage = new Stage(context, requested);
    stage.relay.onStream(clip.stream);
    for (const packet of clip.packets) stage.relay.onPacket(packet);
    expect(await stage.relay.finish()).toBeNull();
    await stage.relay.close();
    expect(grows(stage.sink.units)).toBe(true);
    expect([...children.values()]).not.toContain(true);
    return stage;
  }

  it('copies H.264 that qualifies, every picture of it, without a child', async () => {
    children.clear();
    const stage = await run(encode(3, x264('-g', '10')));
    expect(stage.story).toBe('h264 0-29');
    expect(stage.lastFacts).toEqual({ path: 'copied', reason: null, codec: 'h264', width: 160, height: 120, fps: 10 });
    expect(stage.sink.units.filter(({ keyframe }) => keyframe)).toHaveLength(3);
    expect(children.size).toBe(0);
  });

  it('goes on encoded, without a gap, when keyframes turn out to be too far apart', async () => {
    const stage = await run(encode(6, x264('-g', '100')));
    expect(stage.story).toBe('h264 0-41, vp8 42-59');
    expect(stage.lastFacts).toMatchObject({ path: 'encoded', codec: 'vp8', reason: 'keyframes more than 4 s apart' });
    expect(stage.sink.units[42]).toMatchObject({ codec: 'vp8', keyframe: true });
    expect(stage.sink.units.every(({ capturedAtMs }) => capturedAtMs !== null)).toBe(true);
  });

  it('goes on encoded from the very picture that is too large', async () => {
    const clip = encode(3, x264('-g', '10'));
    const large = clip.packets[14];
    if (large) large.data = Buffer.concat([large.data, seiOf(150_000)]);
    const stage = await run(clip);
    expect(stage.story).toBe('h264 0-13, vp8 14-29');
    expect(stage.lastFacts?.reason).toMatch(/^a picture of 13\d packets$/);
  });

  it('goes on encoded when B-frames appear in a stream that had none', async () => {
    const plain = encode(2, x264('-g', '10', '-profile:v', 'main', '-x264-params', 'bframes=0'));
    const reordered = encode(2, x264('-g', '10', '-profile:v', 'main', '-bf', '2', '-x264-params', 'b-adapt=0'));
    const later = reordered.packets.map((packet) => ({ ...packet, pts90k: packet.pts90k + 180_000 }));
    const stage = await run({ stream: plain.stream, packets: [...plain.packets, ...later] });
    expect(stage.lastFacts?.reason).toBe('B-frames');
    expect(stage.story).toBe('h264 0-19, vp8 22-41');
  });

  it('encodes B-frames with every picture at its own time', async () => {
    const stage = await run(encode(2, x264('-g', '10', '-bf', '2', '-x264-params', 'b-adapt=0')));
    expect(stage.lastFacts?.reason).toBe('B-frames');
    expect(stage.sink.units).toHaveLength(20);
    expect(stage.story).toMatch(/^vp8 \d-\d\d$/);
  });

  it('encodes what is not H.264, and what is asked for', async () => {
    const mpeg4 = await run(encode(1, ['-c:v', 'mpeg4']));
    expect([mpeg4.story, mpeg4.lastFacts?.reason]).toEqual(['vp8 0-9', 'codec MPEG-4 Part 2']);
    const mjpeg = await run(encode(1, ['-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p']));
    expect([mjpeg.story, mjpeg.lastFacts?.reason]).toEqual(['vp8 0-9', 'codec Motion JPEG']);
    const asked = await run(encode(1, x264('-g', '10')), 'encode');
    expect([asked.story, asked.lastFacts?.reason]).toEqual(['vp8 0-9', 'asked for']);
  });

  it('does as it is told before it has decided', async () => {
    const { stream, packets } = encode(1, x264('-g', '10'));
    const stage = new Stage(context);
    stage.relay.onStream(stream);
    stage.relay.encodeInstead('a test');
    for (const packet of packets) stage.relay.onPacket(packet);
    expect(await stage.relay.finish()).toBeNull();
    expect([stage.story, stage.lastFacts?.reason]).toEqual(['vp8 0-9', 'a test']);
  });

  it('starts the encoder anew when it dies, from the last keyframe on', async () => {
    const { stream, packets } = encode(4, ['-c:v', 'mpeg4', '-g', '10']);
    const stage = new Stage(context);
    stage.relay.onStream(stream);
    children.clear();
    for (const packet of packets.slice(0, 20)) stage.relay.onPacket(packet);
    await stage.sink.until(() => stage.sink.units.length >= 10);
    const [first = 0] = [...children.keys()];
    const another = new Promise<void>((resolve) => {
      const check = setInterval(() => {
        if (children.size < 2) return;
        clearInterval(check);
        resolve();
      }, 5);
    });
    process.kill(first, 'SIGKILL');
    await another;
    for (const packet of packets.slice(20)) stage.relay.onPacket(packet);
    expect(await stage.relay.finish()).toBeNull();
    await stage.relay.close();
    expect(stage.faults).toEqual([]);
    expect(stage.story).toBe('vp8 0-39');
    expect([...children.values()]).toEqual([false, false]);
  });

  it('begins anew with a keyframe for whoever comes later, and leaves out and repeats nothing', async () => {
    const { stream, packets } = encode(3, ['-c:v', 'mpeg4', '-g', '10']);
    const stage = new Stage(context);
    stage.relay.onStream(stream);
    children.clear();
    for (const packet of packets.slice(0, 15)) stage.relay.onPacket(packet);
    await stage.sink.until(() => stage.sink.units.length === 15);
    stage.relay.onSink(false);
    for (const packet of packets.slice(15)) stage.relay.onPacket(packet);
    expect(await stage.relay.finish()).toBeNull();
    await stage.relay.close();
    expect(stage.story).toBe('vp8 0-29');
    expect(stage.sink.units.flatMap(({ keyframe }, index) => (keyframe ? [index] : []))).toEqual([0, 15]);
    expect([...children.values()]).toEqual([false, false]);
  });

  it('brings whoever comes in the middle of a copied stream what came since the last keyframe', async () => {
    const { stream, packets } = encode(3, x264('-g', '10'));
    const stage = new Stage(context);
    stage.relay.onStream(stream);
    for (const packet of packets.slice(0, 15)) stage.relay.onPacket(packet);
    const late = new CollectingSink();
    stage.hub.attach(late);
    stage.relay.onSink(true);
    await late.until(() => late.units.length === 5);
    for (const packet of packets.slice(15, 18)) stage.relay.onPacket(packet);
    await stage.relay.close();
    expect(late.units).toEqual(stage.sink.units.slice(10));
    expect(stage.sink.units).toHaveLength(18);
    expect(late.units[0]?.keyframe).toBe(true);
  });

  it('tells when nothing in the stream is a picture', async () => {
    const stage = new Stage(context);
    expect(await stage.relay.finish()).toMatchObject({ code: 'SOURCE_UNSUPPORTED' });
    const { stream } = encode(1, ['-c:v', 'mpeg4']);
    const garbage = new Stage(context);
    garbage.relay.onStream(stream);
    const data = Buffer.alloc(500, 0x5a);
    for (const pts90k of [0, 9000, 18_000, 27_000]) {
      garbage.relay.onPacket({ streamIndex: 0, pts90k, keyframe: true, data });
    }
    expect((await garbage.relay.finish())?.code).toMatch(/^(SOURCE_UNSUPPORTED|FFMPEG_FAILED)$/);
    await garbage.relay.close();
  });
});

/** A unit of user data that decoders skip, in Annex B form. */
function seiOf(bytes: number): Buffer {
  return Buffer.concat([Buffer.from([0, 0, 0, 1, 0x06, 0x05]), Buffer.alloc(bytes, 0xff), Buffer.from([0x80])]);
}
