/** VP8's boolean entropy encoder (RFC 6386 §7.3): bits with their probabilities in, bytes out. */
export class BoolEncoder {
  readonly #bytes: number[] = [];
  #range = 255;
  /** The lower end of the interval, below 2^32: its top byte is complete once `#shiftsLeft` is 0, but for a carry. */
  #bottom = 0;
  #shiftsLeft = 24;

  /** `probability`: that `bit` is false, in 256ths. */
  bit(bit: boolean, probability = 128): void {
    const split = 1 + (((this.#range - 1) * probability) >> 8);
    if (bit) {
      this.#bottom += split;
      this.#range -= split;
    } else {
      this.#range = split;
    }
    while (this.#range < 128) {
      this.#range *= 2;
      this.#shift();
    }
  }

  /** The lowest `count` bits of `value`, the highest first, at even odds. */
  literal(value: number, count: number): void {
    for (let index = count - 1; index >= 0; index -= 1) this.bit(((value >> index) & 1) === 1);
  }

  /** Ends the partition; nothing may be written afterwards. */
  finish(): Buffer {
    for (let index = 0; index < 32; index += 1) this.#shift();
    return Buffer.from(this.#bytes);
  }

  #shift(): void {
    if (this.#bottom >= 2 ** 31) this.#carry();
    this.#bottom = (this.#bottom << 1) >>> 0;
    this.#shiftsLeft -= 1;
    if (this.#shiftsLeft > 0) return;
    this.#bytes.push(this.#bottom >>> 24);
    this.#bottom &= 0xffffff;
    this.#shiftsLeft = 8;
  }

  #carry(): void {
    let index = this.#bytes.length - 1;
    while (this.#bytes[index] === 255) this.#bytes[index--] = 0;
    this.#bytes[index] = (this.#bytes[index] ?? 0) + 1;
  }
}
