/**
 * Reads the number formats of NUT (nut.txt, "Datatypes") from one buffer. Never throws: running out of bytes sets
 * the cursor exhausted and yields zeros, so that an incremental parser can ask for more and start over.
 */

/** A 64-bit value never takes more than ten groups of seven bits. */
const MAX_VARINT_BYTES = 10;

/** A position in a buffer. The blocks it returns are views into that buffer. */
export class ByteCursor {
  readonly bytes: Buffer;
  offset: number;
  /** Whether a number was longer than 64 bits. */
  malformed = false;
  #exhausted = false;

  constructor(bytes: Buffer, offset = 0) {
    this.bytes = bytes;
    this.offset = offset;
  }

  /** Whether a read went past the end; what has been read is then worthless. */
  isExhausted(): boolean {
    return this.#exhausted;
  }

  u8(): number {
    const value = this.bytes[this.offset];
    if (value === undefined) {
      this.#exhausted = true;
      return 0;
    }
    this.offset += 1;
    return value;
  }

  /** `v`: groups of seven bits, the highest first. Above 2^53 the result is only approximate. */
  varint(): number {
    let value = 0;
    for (let count = 0; count < MAX_VARINT_BYTES; count += 1) {
      const byte = this.u8();
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) return value;
    }
    this.malformed = true;
    return 0;
  }

  /** `s`: 0, 1, -1, 2, -2... */
  signedVarint(): number {
    const value = this.varint() + 1;
    return value % 2 === 1 ? -(value - 1) / 2 : value / 2;
  }

  /** `vb`: a length and that many bytes. */
  block(): Buffer {
    const length = this.varint();
    const start = this.offset;
    this.skip(length);
    return this.#exhausted ? Buffer.alloc(0) : this.bytes.subarray(start, start + length);
  }

  skip(count: number): void {
    if (count > this.bytes.length - this.offset) this.#exhausted = true;
    else this.offset += count;
  }
}
