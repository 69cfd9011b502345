// npm test: build (types), lint, then every tier but interop and compat. Ends with one plain line: N passed, N failed,
// N skipped. `node scripts/test.mjs unit nodes` runs only those tiers.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const require = createRequire(import.meta.url);
const asked = process.argv.slice(2);
// Sessions wait more than they compute: the files of both tiers share the workers, and none idles at the end of one.
const runs = asked.length > 0 ? [asked] : [['unit'], ['integration', 'nodes']];

const bin = (name, file) => path.join(path.dirname(require.resolve(`${name}/package.json`)), file);

/** Whether it ended with 0. */
function run(args, stdio = 'inherit') {
  const child = spawn(process.execPath, args, { cwd: root, stdio });
  const texts = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => texts.push(chunk));
  return new Promise((resolve) => {
    child.on('close', (code) => {
      process.stdout.write(Buffer.concat(texts));
      resolve(code === 0);
    });
  });
}

const checks = [
  ['types of the tests', [bin('typescript', 'bin/tsc'), '--noEmit', '-p', 'tsconfig.check.json']],
  ['lint', [bin('eslint', 'bin/eslint.js'), '.']],
  ['format', [bin('prettier', 'bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']],
];
console.log('\n== build');
if (!(await run(['scripts/build.mjs']))) process.exit(1);
console.log(`\n== ${checks.map(([title]) => title).join(', ')}`);
const good = await Promise.all(checks.map(([, args]) => run(args, 'pipe')));
if (good.includes(false)) process.exit(1);

const reports = mkdtempSync(path.join(os.tmpdir(), 'inference-webrtc-test-'));
const totals = { passed: 0, failed: 0, skipped: 0 };
let ok = true;
for (const tiers of runs) {
  const file = path.join(reports, `${tiers.join('-')}.json`);
  const projects = tiers.flatMap((tier) => ['--project', tier]);
  const args = ['run', ...projects, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  console.log(`\n== ${tiers.join(' and ')} tests`);
  const passed = await run([bin('vitest', 'vitest.mjs'), ...args]);
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
