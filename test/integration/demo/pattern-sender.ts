/** The built-in test pattern as VP8 into a peer, in real time. */
import { NutDemuxer } from '../../../src/container/nut-demuxer';
import { systemClock } from '../../../src/clock';
import { exactTimestampArgs, globalArgs, nutOutputArgs, videoStreamArgs } from '../../../src/ffmpeg/arguments';
import { vp8EncodeArgs } from '../../../src/ffmpeg/encode-arguments';
import { locateFfmpeg } from '../../../src/ffmpeg/locate';
import { FfmpegProcess } from '../../../src/ffmpeg/process';
import type { Peer } from '../../../src/peer/peer';
import { testPatternGraph } from '../../../src/source/test-pattern';
import { VideoSender } from '../../../src/transport/video-sender';

/** Starts sending; the result stops it. */
export async function sendPattern(peer: Peer, options: { fps: number; frames?: number }): Promise<() => Promise<void>> {
  const ffmpeg = await locateFfmpeg({});
  const size = { width: 640, height: 360, fps: options.fps };
  const sender = new VideoSender({ peer, clock: systemClock, closingPacket: true });
  const demuxer = new NutDemuxer({
    onStream: () => undefined,
    onPacket: ({ data, pts90k, keyframe }) =>
      void sender.send({ codec: 'vp8', data, pts90k, keyframe, capturedAtMs: null }),
  });
  const limit = options.frames === undefined ? [] : ['-frames:v', String(options.frames)];
  const child = new FfmpegProcess(ffmpeg, {
    args: [
      ...globalArgs(),
      ...['-re', '-f', 'lavfi', '-i', testPatternGraph(size)],
      ...videoStreamArgs(vp8EncodeArgs(size)),
      ...limit,
      ...exactTimestampArgs(ffmpeg),
      ...nutOutputArgs(0),
    ],
    input: 'none',
    outputs: 1,
    onOutput: (_index, chunk) => demuxer.push(chunk),
  });
  return async () => {
    await child.close();
    sender.close();
  };
}
