/** The parts of an RTP packet that the payload formats need (RFC 3550 §5.1). */
export interface RtpPacket {
  /** 16 bits. */
  sequenceNumber: number;
  /** 32 bits, 90 kHz. */
  timestamp: number;
  /** Set on the last packet of an access unit. */
  marker: boolean;
  /** Valid for as long as its holder leaves it alone; nobody in this folder writes to it. */
  payload: Buffer;
}
