/**
 * The end of what a child wrote to stderr: text in, its last whole lines out, redacted. FFmpeg names its reason last,
 * so the beginning is what gets dropped. Secrets are masked on whole lines only: one cut in half could not be found.
 */
import { StringDecoder } from 'node:string_decoder';
import { redact } from '../redact';

/** A screenful: enough for FFmpeg's reason and the lines that led to it. */
const MAX_LINES = 40;
/** A longer line is noise (or hostile) and is left out whole, so that no half of a secret stays behind. */
const MAX_LINE_CHARACTERS = 2_000;
const OVERLONG_LINE = '[overlong line left out]';

export class StderrTail {
  readonly #secrets: readonly string[];
  readonly #decoder = new StringDecoder('utf8');
  readonly #lines: string[] = [];
  #partial = '';
  #overlong = false;

  constructor(secrets: readonly string[] = []) {
    this.#secrets = secrets;
  }

  /** Takes what arrived; the chunk is not kept. */
  push(chunk: Buffer): void {
    const parts = this.#decoder.write(chunk).split(/\r\n|\n|\r/);
    const last = parts.pop() ?? '';
    for (const part of parts) {
      this.#append(part);
      this.#finishLine();
    }
    this.#append(last);
  }

  /** At most 40 lines joined by newlines, free of the secrets given and of credentials in URLs. */
  get text(): string {
    const lines = this.#partial === '' && !this.#overlong ? this.#lines : [...this.#lines, this.#currentLine()];
    return redact(lines.join('\n'), this.#secrets);
  }

  #append(part: string): void {
    if (this.#overlong) return;
    if (this.#partial.length + part.length > MAX_LINE_CHARACTERS) {
      this.#overlong = true;
      this.#partial = '';
    } else {
      this.#partial += part;
    }
  }

  #finishLine(): void {
    const line = this.#currentLine();
    this.#partial = '';
    this.#overlong = false;
    if (line.trim() === '') return;
    this.#lines.push(line);
    if (this.#lines.length > MAX_LINES) this.#lines.shift();
  }

  #currentLine(): string {
    return this.#overlong ? OVERLONG_LINE : this.#partial;
  }
}
