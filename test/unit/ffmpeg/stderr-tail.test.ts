import { describe, expect, it } from 'vitest';
import { StderrTail } from '../../../src/ffmpeg/stderr-tail';

function tailOf(chunks: (string | Buffer)[], secrets: string[] = []): string {
  const tail = new StderrTail(secrets);
  for (const chunk of chunks) tail.push(Buffer.from(chunk));
  return tail.text;
}

describe('StderrTail', () => {
  it('joins lines across chunks, keeps an unfinished last one and drops empty ones', () => {
    expect(tailOf(['first li', 'ne\r\n\n', 'progress\rlast'])).toBe('first line\nprogress\nlast');
  });

  it('puts characters together that were cut between chunks', () => {
    const bytes = Buffer.from('größe');
    expect(tailOf([bytes.subarray(0, 3), bytes.subarray(3)])).toBe('größe');
  });

  it('keeps the last 40 lines', () => {
    const lines = Array.from({ length: 100 }, (_, index) => `line ${index}`);
    expect(tailOf([lines.join('\n')]).split('\n')).toEqual(lines.slice(59));
  });

  it('masks a secret that arrived in two chunks, and credentials in URLs', () => {
    expect(tailOf(['token sword', 'fish at rtsp://u:p@cam/1\n'], ['swordfish'])).toBe('token *** at rtsp://***@cam/1');
  });

  it('leaves out an overlong line whole, so that no half of a secret stays', () => {
    const text = tailOf([`${'x'.repeat(1_990)} sword`, `fish ${'y'.repeat(2_000)}\nnext`], ['swordfish']);
    expect(text).toBe('[overlong line left out]\nnext');
  });
});
