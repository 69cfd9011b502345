/** docs/dependencies.md lists what users install, in the versions that are tested, and why the direct ones are there. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');
const read = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');

interface Manifest {
  dependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
}
interface Lock {
  packages: Record<string, { version?: string; dev?: boolean }>;
}

const manifest = JSON.parse(read('package.json')) as Manifest;
const lock = JSON.parse(read('package-lock.json')) as Lock;
const direct = { ...manifest.dependencies, ...manifest.optionalDependencies };
const tables = read('docs/dependencies.md')
  .split('\n## ')
  .map((section) => section.split('\n').filter((line) => line.startsWith('| `')))
  .map((lines) => lines.map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', ''))));

describe('docs/dependencies.md', () => {
  it('gives a range and a reason for each direct dependency', () => {
    const rows = tables[1] ?? [];
    expect(Object.fromEntries(rows.map(([, name, range]) => [name ?? '', range]))).toEqual(direct);
    expect(rows.filter(([, , , reason = '']) => reason.length < 20)).toEqual([]);
  });

  it('lists everything that is installed for users (node scripts/dependencies.mjs)', () => {
    const installed = Object.entries(lock.packages)
      .filter(([place, { dev }]) => place !== '' && dev !== true)
      .map(([place, { version = '' }]) => `${place.replace(/^.*node_modules\//, '')} ${version}`);
    const listed = (tables[2] ?? []).map(([, name = '', version = '']) => `${name} ${version}`);
    expect(listed.sort()).toEqual(installed.sort());
  });
});

it('has no more than six direct dependencies, the number that the flow library accepts', () => {
  expect(Object.keys(direct).length).toBeLessThanOrEqual(6);
});
