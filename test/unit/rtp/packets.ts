/** RTP packets for tests. */
import type { RtpPacket } from '../../../src/rtp/packet';

export function packet(
  sequenceNumber: number,
  payload: Buffer | string = '',
  rest: { timestamp?: number; marker?: boolean } = {},
): RtpPacket {
  const bytes = typeof payload === 'string' ? Buffer.from(payload.replaceAll(' ', ''), 'hex') : payload;
  return { sequenceNumber, payload: bytes, timestamp: rest.timestamp ?? 0, marker: rest.marker ?? false };
}

/** The payloads of one frame as a sender numbers them: the marker on the last. */
export function packetsOf(payloads: Buffer[], first: { sequenceNumber: number; timestamp: number }): RtpPacket[] {
  return payloads.map((payload, index) => ({
    payload,
    sequenceNumber: (first.sequenceNumber + index) & 0xffff,
    timestamp: first.timestamp,
    marker: index === payloads.length - 1,
  }));
}

export const hex = (bytes: Buffer): string => bytes.toString('hex');
export const unhex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
