/** Bits of a frame code's flags (nut.txt, "frame_flags"). */
export const FRAME_FLAG = {
  key: 1,
  endOfRelevance: 2,
  codedPts: 8,
  streamId: 16,
  sizeHigh: 32,
  checksum: 64,
  reserved: 128,
  sideData: 256,
  elisionIndex: 1024,
  matchTime: 2048,
  coded: 4096,
  invalid: 8192,
} as const;
