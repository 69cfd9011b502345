/** Every code of the type stands in the documentation and has a badge: codes are API, and people look them up. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');
const read = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');

// One a line, under its comment.
const codes = [...read('src/errors.ts').matchAll(/^ {2}\| '([A-Z_]+)';?$/gm)].map(([, code]) => code ?? '').sort();
const rows = read('docs/errors.md')
  .split('\n')
  .flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    const code = /^`([A-Z_]+)`$/.exec(cells[1] ?? '')?.[1];
    return code === undefined ? [] : [{ code, cells: cells.slice(2, -1) }];
  });

describe('the error codes', () => {
  it('are found in their source', () => {
    expect(codes.length).toBeGreaterThan(30);
    expect(codes).toContain('INVALID_OPTION');
  });

  it('stand in docs/errors.md, each once and no other', () => {
    expect(rows.map(({ code }) => code).sort()).toEqual(codes);
  });

  it.each(rows)('$code says what happened, whether it is retried, and what to do', ({ cells }) => {
    expect(cells).toHaveLength(3);
    expect(cells.every((cell) => cell !== '')).toBe(true);
    expect(cells[1]).toMatch(/^(yes|no|-)/);
  });

  it('have a short text for the badge of a node', () => {
    const catalogue = JSON.parse(read('nodes/locales/en-US/webrtc-session.json')) as {
      'webrtc-session': { status: { reason: Record<string, string> } };
    };
    const { reason } = catalogue['webrtc-session'].status;
    expect(Object.keys(reason).sort()).toEqual(codes);
    expect(Object.values(reason).filter((text) => text.length >= 20)).toEqual([]);
  });
});
