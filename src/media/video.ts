/** The shapes a frame has on its way: encoded (access unit) and decoded (picture). Timestamps are 90 kHz ticks. */

/** Codecs that cross the peer connection. */
export type VideoCodec = 'vp8' | 'h264';

/** 90,000 ticks a second: the RTP clock of every video codec (RFC 6184 §8.2.1, RFC 7741 §6.1). */
export const VIDEO_CLOCK_HZ = 90_000;

/** One encoded picture. */
export interface AccessUnit {
  codec: VideoCodec;
  /** A VP8 frame, or H.264 in Annex B form (start codes). Owned by the receiver from now on. */
  data: Buffer;
  /** Presentation time in 90 kHz ticks, never wrapped, may start anywhere. */
  pts90k: number;
  keyframe: boolean;
  /** When it was taken, epoch milliseconds; null where nothing is known. */
  capturedAtMs: number | null;
}

/** Pixel formats and file formats a decoded picture can have. */
export type PictureFormat = 'jpeg' | 'png' | 'bgr24' | 'rgb24' | 'rgba' | 'gray8' | 'yuv420p';

/** A box that pictures are made to fit into, in pixels. */
export interface PictureFit {
  width: number;
  height: number;
}

/** Whether a picture is small enough already. */
export function fitsInto(size: PictureFit, fit: PictureFit | undefined): boolean {
  return fit === undefined || (size.width <= fit.width && size.height <= fit.height);
}

/** How a picture is wanted. */
export interface PictureShape {
  format: PictureFormat;
  /** Made smaller until it fits, with its own proportions and even sizes; never larger. Left out: as it came. */
  fit?: PictureFit | undefined;
  /** 2 (best) to 31, for JPEG. Default 4. */
  jpegQuality?: number | undefined;
}

/** One decoded picture. */
export interface Picture {
  format: PictureFormat;
  /** Its own ArrayBuffer (not a slice of a pool), so that it can be transferred to another thread. */
  data: Buffer;
  width: number;
  height: number;
  pts90k: number;
  /** Its size before it was made to fit, where one was asked for and the size is known. */
  source?: PictureFit | undefined;
}
