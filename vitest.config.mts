import { defineConfig } from 'vitest/config';

// One project a tier (package.json: test:unit, test:integration, test:nodes, test:interop).
const tier = (name: string, testTimeout: number) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout,
    hookTimeout: testTimeout,
    // Real sessions mostly wait for real time: three files at once keep two cores busy.
    ...(['integration', 'nodes'].includes(name)
      ? { maxWorkers: 3, setupFiles: ['test/own-tmpdir.ts'], expect: { poll: { timeout: 20_000 } } }
      : { fileParallelism: name === 'unit' }),
    // Units are pure and leave nothing behind: without a process for each file they take half the time.
    isolate: name !== 'unit',
    sequence: { hooks: 'stack' as const },
  },
});

export default defineConfig({
  test: {
    projects: [
      tier('unit', 10_000),
      tier('integration', 60_000),
      tier('nodes', 60_000),
      tier('interop', 180_000),
      tier('compat', 300_000),
    ],
  },
});
