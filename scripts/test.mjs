// npm test: build (types), lint, then every tier but interop. Ends with one plain line: N passed, N failed, N skipped.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const require = createRequire(import.meta.url);
const tiers = process.argv.length > 2 ? process.argv.slice(2) : ['unit', 'integration', 'nodes'];

function run(title, args) {
  console.log(`\n== ${title}`);
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status === 0;
}

const bin = (name, file) => path.join(path.dirname(require.resolve(`${name}/package.json`)), file);
const checks = [
  ['build', ['scripts/build.mjs']],
  ['types of the tests', [bin('typescript', 'bin/tsc'), '--noEmit', '-p', 'tsconfig.check.json']],
  ['lint', [bin('eslint', 'bin/eslint.js'), '.']],
  ['format', [bin('prettier', 'bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']],
];
for (const [title, args] of checks) if (!run(title, args)) process.exit(1);

const reports = mkdtempSync(path.join(os.tmpdir(), 'inference-webrtc-test-'));
const totals = { passed: 0, failed: 0, skipped: 0 };
let ok = true;
for (const tier of tiers) {
  const file = path.join(reports, `${tier}.json`);
  const args = ['run', '--project', tier, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const passed = run(`${tier} tests`, [bin('vitest', 'vitest.mjs'), ...args]);
  ok = passed && ok;
  let failed = 0;
  try {
    const result = JSON.parse(readFileSync(file, 'utf8'));
    totals.passed += result.numPassedTests;
    totals.skipped += result.numPendingTests;
    failed = result.numFailedTests;
  } catch {
    // No report at all: the run itself broke.
  }
  // A file that does not load, or a process that dies, has no failed test in it.
  totals.failed += passed ? failed : Math.max(1, failed);
}
rmSync(reports, { recursive: true, force: true });
console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(ok && totals.failed === 0 ? 0 : 1);
