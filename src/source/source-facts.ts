/** What a source tells about itself: plain data for stats, badges and dialogs. */

/** How the video gets to the server. */
export interface SourceFacts {
  /** `copied` (the camera's H.264 as it is), `encoded` (VP8), `uploaded`, or `pulled` (by the server itself). */
  path: 'copied' | 'encoded' | 'uploaded' | 'pulled';
  /** Why it is not copied; null when it is. */
  reason: string | null;
  codec: string | null;
  width: number | null;
  height: number | null;
  fps: number | null;
}
