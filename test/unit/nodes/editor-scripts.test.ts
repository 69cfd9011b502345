import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';

const resources = path.resolve(import.meta.dirname, '../../../resources');
const scripts = readdirSync(resources).filter((file) => file.endsWith('.js'));

/** The editor loads what a node's html names side by side, and runs each script when it has come. */
describe('a script of the editor', () => {
  it.each(scripts)('%s can run before all others', (file) => {
    const window: Record<string, unknown> = {};
    const page = { window, setInterval: () => 0 };
    runInNewContext(readFileSync(path.join(resources, file), 'utf8'), page);
    const known = [...Object.keys(page), ...Object.keys(window)].filter((name) => name.startsWith('inferenceWebrtc'));
    expect(known).toHaveLength(1);
  });
});
