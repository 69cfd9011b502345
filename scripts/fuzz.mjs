// npm run fuzz -- --minutes N: the property tests of test/unit/hostile over and over with new seeds, until time is up
// or one fails; the failure tells the seed and the smallest input.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '5' }, runs: { type: 'string', default: '2000' } },
});
const limitMs = Number(values.minutes) * 60_000;
if (!(limitMs > 0) || !(Number(values.runs) >= 1)) {
  console.error('Usage: npm run fuzz -- [--minutes N] [--runs inputs of each property in a round]');
  process.exit(1);
}
const root = path.resolve(import.meta.dirname, '..');
const require = createRequire(import.meta.url);
const vitest = path.join(path.dirname(require.resolve('vitest/package.json')), 'vitest.mjs');

const started = performance.now();
let rounds = 0;
let status = 0;
while (status === 0 && performance.now() - started < limitMs) {
  const args = ['run', '--project', 'unit', 'test/unit/hostile', '--testTimeout', '300000', '--reporter', 'dot'];
  const env = { ...process.env, FUZZ_RUNS: values.runs };
  status = spawnSync(process.execPath, [vitest, ...args], { cwd: root, env, stdio: 'inherit' }).status ?? 1;
  rounds += 1;
}
const minutes = Math.round((performance.now() - started) / 6_000) / 10;
console.log(JSON.stringify({ rounds, runsEach: Number(values.runs), minutes, failed: status !== 0 }));
process.exit(status);
