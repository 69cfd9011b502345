/** Peer options -> werift's configuration: codecs, header extensions, one transport. */
import type { RTCPeerConnectionConfig, RTCRtpCodecParameters } from 'werift';
import { VIDEO_CLOCK_HZ } from '../media/video';
import type { VideoCodec } from '../media/video';
import type { PeerOptions } from './peer';
import { werift } from './werift';

/** What each codec is called in SDP, and what is offered with it. */
const CODECS = {
  vp8: { mimeType: 'video/VP8' },
  // Constrained Baseline 3.1, the profile aiortc and browsers both answer; they decode Main and High as well.
  h264: {
    mimeType: 'video/H264',
    parameters: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
  },
} satisfies Record<VideoCodec, { mimeType: string; parameters?: string }>;

/** The configuration of one connection; nothing in it is shared between connections (werift writes into it). */
export function connectionConfig(options: Pick<PeerOptions, 'codecs'>): RTCPeerConnectionConfig {
  const { useAbsSendTime, useSdesMid } = werift();
  return {
    // The default leaks a socket for each session with video and data (field-notes.md 3).
    bundlePolicy: 'max-bundle',
    codecs: { audio: [], video: (options.codecs ?? ['vp8', 'h264']).map(codecParameters) },
    // aiortc estimates bandwidth, and so sends REMB, only with abs-send-time.
    headerExtensions: { audio: [], video: [useAbsSendTime(), useSdesMid()] },
    // Candidates are our own affair: see candidate-gathering.ts.
    iceServers: [],
  };
}

/** The codec a negotiated RTP format stands for; undefined for formats we do not speak. */
export function videoCodecOf(format: RTCRtpCodecParameters): VideoCodec | undefined {
  if (/^video\/vp8$/i.test(format.mimeType)) return 'vp8';
  if (!/^video\/h264$/i.test(format.mimeType)) return undefined;
  // Mode 0, also the default, forbids fragments (RFC 6184 §6.2).
  return /packetization-mode=1/.test(format.parameters ?? '') ? 'h264' : undefined;
}

function codecParameters(codec: VideoCodec): RTCRtpCodecParameters {
  const { RTCRtpCodecParameters, useNACK, usePLI, useREMB } = werift();
  return new RTCRtpCodecParameters({
    clockRate: VIDEO_CLOCK_HZ,
    rtcpFeedback: [useNACK(), usePLI(), useREMB()],
    ...CODECS[codec],
  });
}
