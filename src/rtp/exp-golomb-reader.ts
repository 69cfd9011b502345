/** Bits and Exp-Golomb codes of an H.264 RBSP (H.264 §7.2, §9.1). Past the end it reads zeros and says so. */
export class ExpGolombReader {
  /** Whether a read went past the end or met a code of more than 32 bits. */
  exhausted = false;
  readonly #rbsp: Buffer;
  #bit = 0;

  /** `nalu` without its header bytes; emulation prevention is removed here, into a copy. */
  constructor(nalu: Buffer) {
    this.#rbsp = withoutEmulationPrevention(nalu);
  }

  /** At most 32 bits. */
  bits(count: number): number {
    let value = 0;
    for (let index = 0; index < count; index += 1) value = value * 2 + this.#next();
    return value;
  }

  skip(count: number): void {
    for (let index = 0; index < count; index += 1) this.#next();
  }

  flag(): boolean {
    return this.#next() === 1;
  }

  /** `ue(v)`. */
  unsigned(): number {
    let zeros = 0;
    while (zeros < 32 && this.#next() === 0) {
      if (this.exhausted) return 0;
      zeros += 1;
    }
    if (zeros === 32) this.exhausted = true;
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** `se(v)`. */
  signed(): number {
    const code = this.unsigned();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }

  #next(): number {
    const byte = this.#rbsp[this.#bit >> 3];
    if (byte === undefined) {
      this.exhausted = true;
      return 0;
    }
    const bit = (byte >> (7 - (this.#bit & 7))) & 1;
    this.#bit += 1;
    return bit;
  }
}

/** H.264 §7.4.1: 00 00 03 stands for 00 00. */
function withoutEmulationPrevention(data: Buffer): Buffer {
  const rbsp = Buffer.allocUnsafe(data.length);
  let length = 0;
  let zeros = 0;
  for (const byte of data) {
    const prevention = zeros >= 2 && byte === 3;
    zeros = byte === 0 ? zeros + 1 : 0;
    if (!prevention) length = rbsp.writeUInt8(byte, length);
  }
  return rbsp.subarray(0, length);
}
