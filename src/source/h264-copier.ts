/**
 * H.264 packets as FFmpeg hands them on in, access units as the server needs them out: Annex B, parameter sets before
 * every IDR picture, nothing but slices, SEI and parameter sets. A packet without a slice gives nothing, but its
 * parameter sets are kept (cameras send them alone: field-notes 5).
 */
import type { NutPacket, NutStream } from '../container/nut-demuxer';
import { isSlice, joinAnnexB, NAL, nalType, parseAvcc, splitAnnexB, splitAvcc } from '../rtp/h264-bitstream';
import { H264ParameterSets } from '../rtp/h264-parameter-sets';
import { parseSps } from '../rtp/h264-sps';
import type { H264Sps } from '../rtp/h264-sps';

/** One access unit, ready to be sent. */
export interface CopiedUnit {
  /** A new buffer. */
  annexB: Buffer;
  /** It holds an IDR picture: decoding can start here. */
  idr: boolean;
}

export class H264Copier {
  /** Null: Annex B, as RTSP and transport streams have it. */
  readonly #lengthSize: number | null;
  readonly #parameterSets: H264ParameterSets;
  /** The parameter set in force, undefined until one was seen. */
  sps: H264Sps | undefined;

  constructor(stream: Pick<NutStream, 'extradata'>) {
    const avcc = parseAvcc(stream.extradata);
    const initial = avcc ? [...avcc.sps, ...avcc.pps] : splitAnnexB(stream.extradata);
    this.#lengthSize = avcc?.lengthSize ?? null;
    this.#parameterSets = new H264ParameterSets(initial);
    this.#readSps(initial);
  }

  /** Undefined for a packet without a picture. The packet is only read. */
  push(packet: Pick<NutPacket, 'data'>): CopiedUnit | undefined {
    const whole = this.#lengthSize === null ? splitAnnexB(packet.data) : splitAvcc(packet.data, this.#lengthSize);
    const nalus = whole.flatMap(unfold).filter(isWanted);
    this.#readSps(nalus);
    const complete = this.#parameterSets.complete(nalus);
    if (!nalus.some(isSlice)) return undefined;
    return { annexB: joinAnnexB(complete), idr: nalus.some((nalu) => nalType(nalu) === NAL.idr) };
  }

  #readSps(nalus: readonly Buffer[]): void {
    for (const nalu of nalus) if (nalType(nalu) === NAL.sps) this.sps = parseSps(nalu) ?? this.sps;
  }
}

/** Some cameras put SPS, PPS and IDR into one unit with start codes inside (field-notes 5). */
function unfold(nalu: Buffer): Buffer[] {
  return nalType(nalu) === NAL.sps ? splitAnnexB(nalu) : [nalu];
}

function isWanted(nalu: Buffer): boolean {
  const type = nalType(nalu);
  return type >= NAL.slice && type <= NAL.pps;
}
