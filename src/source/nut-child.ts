/** One FFmpeg child whose stdout is NUT: command line in, stream header and packets out. */
import { NutDemuxer } from '../container/nut-demuxer';
import type { NutDemuxerOptions } from '../container/nut-demuxer';
import { FfmpegProcess } from '../ffmpeg/process';
import type { FfmpegRun } from '../ffmpeg/process';
import type { SourceContext } from './live-source';

/** A compressed picture is smaller by far; raw 4K video (25 MB a picture) is no source for us. */
const MAX_PACKET_BYTES = 16 * 1024 * 1024;

/** What differs from child to child. Callbacks may throw: the child is ended, and its exit tells what was thrown. */
export interface NutChildOptions
  extends
    Pick<NutDemuxerOptions, 'onStream' | 'onPacket'>,
    Partial<Pick<FfmpegRun, 'secrets' | 'stopGently' | 'input' | 'maxPendingInputBytes' | 'onStderr'>> {
  context: SourceContext;
  args: readonly string[];
}

/** Starts it. */
export function startNutChild({ context, args, onStream, onPacket, ...run }: NutChildOptions): FfmpegProcess {
  const demuxer = new NutDemuxer({ maxPacketBytes: MAX_PACKET_BYTES, onStream, onPacket });
  return new FfmpegProcess(context.ffmpeg, {
    input: 'none',
    ...run,
    args,
    outputs: 1,
    onOutput: (_index, chunk) => demuxer.push(chunk),
    onChild: context.onChild,
  });
}
