/** A picture that was made, with what is known of its frame -> the event that tells of it. Pure. */
import type { DataEvent, FrameEvent, FrameTiming } from './events';
import type { MadePicture } from './picture-sets';

/** `id`: the picture's; `data`: null when no data message belongs to the frame. The picture's bytes are passed on. */
export function frameEvent(
  { picture, skipped }: MadePicture,
  frame: { id: string; data: DataEvent | null; timing: FrameTiming },
): FrameEvent {
  const { format, data: bytes, width, height, source = { width, height } } = picture;
  return {
    kind: 'frame',
    picture: frame.id,
    ...{ format, data: bytes, width, height, source, skipped },
    metadata: frame.data?.metadata ?? null,
    outputs: frame.data?.outputs ?? null,
    timing: frame.timing,
  };
}
