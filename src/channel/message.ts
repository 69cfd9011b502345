/** One message of the server's `inference` channel (protocol.md D.1): `parseServerMessage` turns JSON into it. */

/** The server's own metadata of a frame (protocol.md D.1), names as the server writes them. */
export interface FrameMetadata {
  frame_id: number;
  /** Server-local time without a zone. */
  received_at: string | null;
  pts: number | null;
  time_base: number | null;
  declared_fps: number | null;
  /** Measured here when the server leaves it null. */
  measured_fps: number | null;
  width: number | null;
  height: number | null;
  errors: string[];
}
