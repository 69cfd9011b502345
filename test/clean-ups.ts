/** What a test has opened, closed after it whatever becomes of it. */
import { afterEach } from 'vitest';

export type CleanUp = () => unknown;

/** Called at the top of a test file. What a test puts into the list runs after it, the newest first. */
export function cleanUpsAfterEach(): CleanUp[] {
  const cleanUps: CleanUp[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });
  return cleanUps;
}
