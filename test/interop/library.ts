/** The built library, as a user of the package gets it, and the clips. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Library from '../../src/index';
import { REPOSITORY_ROOT } from './venvs';

// Typed by its source, loaded from its build: the worker thread needs compiled files.
export const library = createRequire(import.meta.url)(
  join(REPOSITORY_ROOT, 'dist', 'src', 'index.js'),
) as typeof Library;

/** Absolute path of a clip in the shared folder, or undefined (and a line that says so) where it is not there. */
export function sharedClip(name: string): string | undefined {
  const path = join(REPOSITORY_ROOT, '..', 'shared', 'media', name);
  if (existsSync(path)) return path;
  note(`skipped: ../shared/media/${name} is not on this machine`);
  return undefined;
}

/** Prints a measured fact among the results. */
export function note(text: string): void {
  process.stdout.write(`[interop] ${text}\n`);
}
