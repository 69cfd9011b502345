/** The stand-in children of test/fixtures/programs, as programs to run. */
import { fileURLToPath } from 'node:url';
import type { RunnableProgram } from '../../../src/ffmpeg/process';

export function standIn(name: string): RunnableProgram {
  const script = fileURLToPath(new URL(`../../fixtures/programs/${name}.mjs`, import.meta.url));
  return { path: process.execPath, prefixArgs: [script] };
}
