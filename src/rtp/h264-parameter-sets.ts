/**
 * Remembers the SPS and PPS of one H.264 stream and puts them before IDR pictures that come without, as some cameras
 * send them (and MP4 files always). NAL units in, NAL units out; keeps copies, a bounded number.
 */
import { NAL, nalType } from './h264-bitstream';

/** H.264 allows 32 SPS and 256 PPS; real streams use one or two. */
const MAX_KEPT = 16;
const MAX_PARAMETER_SET_BYTES = 4096;

export class H264ParameterSets {
  #sps: Buffer[] = [];
  #pps: Buffer[] = [];

  /** `initial`: what the container says, e.g. of `parseAvcc`, or the NAL units of Annex B extradata. */
  constructor(initial: readonly Buffer[] = []) {
    for (const nalu of initial) this.#remember(nalu);
  }

  /** The access unit with both kinds of parameter sets before its IDR picture, as far as they are known. */
  complete(nalus: readonly Buffer[]): Buffer[] {
    const types = nalus.map(nalType);
    const firstIdr = types.indexOf(NAL.idr);
    if (types.includes(NAL.sps)) {
      // A new SPS starts over: what an earlier one needed must not be sent with it.
      this.#sps = [];
      if (types.includes(NAL.pps)) this.#pps = [];
    }
    for (const nalu of nalus) this.#remember(nalu);
    if (firstIdr === -1) return [...nalus];
    const missing = [...(types.includes(NAL.sps) ? [] : this.#sps), ...(types.includes(NAL.pps) ? [] : this.#pps)];
    const firstPps = types.indexOf(NAL.pps);
    const place = firstPps !== -1 && firstPps < firstIdr ? firstPps : firstIdr;
    return [...nalus.slice(0, place), ...missing, ...nalus.slice(place)];
  }

  #remember(nalu: Buffer): void {
    if (nalu.length > MAX_PARAMETER_SET_BYTES) return;
    if (nalType(nalu) === NAL.sps) this.#sps = withSet(this.#sps, nalu);
    if (nalType(nalu) === NAL.pps) this.#pps = withSet(this.#pps, nalu);
  }
}

/** The latest goes last: of two sets with one id, a decoder uses the later one. */
function withSet(kept: Buffer[], nalu: Buffer): Buffer[] {
  const others = kept.filter((known) => !known.equals(nalu));
  return [...others, Buffer.from(nalu)].slice(-MAX_KEPT);
}
