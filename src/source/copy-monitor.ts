/**
 * Watches a copied H.264 stream, access unit by access unit, for what the server cannot take (field-notes 4). Pure: one
 * record in, the reason to encode instead out.
 */
import { VIDEO_CLOCK_HZ } from '../media/video';
import type { H264Sps } from '../rtp/h264-sps';
import { packetizeH264 } from '../rtp/h264-packetizer';
import { spsObstacle } from './video-path';

/** An access unit on its way to the server. */
export interface WatchedUnit {
  pts90k: number;
  idr: boolean;
  annexB: Buffer;
  sps: H264Sps | undefined;
}

/** aiortc never decodes a frame of 128 packets (field-notes 4.1); the sender stops at 120. */
const MAX_PACKETS = 119;
const PACKET_PAYLOAD_BYTES = 1150;
/** A late or lossy viewer waits for so long at most; cameras' clocks miss it by a little. */
const MAX_KEYFRAME_GAP_TICKS = 4 * VIDEO_CLOCK_HZ;
const TOLERANCE_TICKS = VIDEO_CLOCK_HZ / 10;

export class CopyMonitor {
  #lastPts90k: number | undefined;
  #keyframePts90k: number | undefined;

  /** Why this unit must not be sent as it is; undefined if it may. Call once a unit, until it gives a reason. */
  violation(unit: WatchedUnit): string | undefined {
    const obstacle = unit.sps && spsObstacle(unit.sps);
    if (obstacle !== undefined) return obstacle;
    const last = this.#lastPts90k;
    if (last !== undefined && unit.pts90k <= last) {
      const reordered = unit.pts90k < last && unit.pts90k > (this.#keyframePts90k ?? 0);
      return reordered ? 'B-frames' : 'timestamps out of order';
    }
    this.#lastPts90k = unit.pts90k;
    if (unit.idr || this.#keyframePts90k === undefined) this.#keyframePts90k = unit.pts90k;
    if (unit.pts90k - this.#keyframePts90k > MAX_KEYFRAME_GAP_TICKS + TOLERANCE_TICKS) {
      return 'keyframes more than 4 s apart';
    }
    const packets = packetCount(unit.annexB);
    return packets > MAX_PACKETS ? `a picture of ${packets} packets` : undefined;
  }
}

/** RTP packets that the unit takes; small ones are not counted out, for they cannot come near the limit. */
function packetCount(annexB: Buffer): number {
  // Packets that carry whole units are more than half full, pair by pair: so many bytes fit into the limit for sure.
  if (annexB.length < (MAX_PACKETS / 2 - 1) * PACKET_PAYLOAD_BYTES) return 0;
  return packetizeH264(annexB, { maxPayloadBytes: PACKET_PAYLOAD_BYTES }).length;
}
