// npm run test:faults [-- --quick | --only TEXT | --cycles N | --redeploys N | --minutes N | --write]: real parts, real
// faults, one JSON line a case. Ends with 1 when something happened that never may. See docs/faults.md.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runCycles, runRedeploys, runSoak } from './endurance.mjs';
import { LOCAL_CASES } from './local-cases.mjs';
import { MESSAGE_CASES } from './message-cases.mjs';
import { NETWORK_CASES, runNetworkCase } from './network-cases.mjs';
import { PROCESS_CASES, runProcessCase } from './process-cases.mjs';
import { root } from './rig.mjs';
import { writeTables } from './tables.mjs';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    cycles: { type: 'string' },
    redeploys: { type: 'string' },
    minutes: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const { quick, only } = values;
const chosen = (list) =>
  list.filter(({ name, quick: inCi }) => (only === undefined ? !quick || inCi === true : name.includes(only)));

let failed = false;
async function row(kind, name, work) {
  const started = performance.now();
  const result = await work().catch((thrown) => ({ case: name, faults: [String(thrown?.message ?? thrown)] }));
  failed ||= result.faults.length > 0;
  const line = { kind, ...result, tookS: Math.round((performance.now() - started) / 100) / 10 };
  console.log(JSON.stringify(line));
  return line;
}

const rows = [];
const endurance = values.cycles ?? values.redeploys ?? values.minutes;
if (endurance === undefined || only !== undefined) {
  for (const item of chosen(NETWORK_CASES))
    rows.push(await row('network', item.name, () => runNetworkCase(item, { quick })));
  for (const item of chosen([...PROCESS_CASES, ...MESSAGE_CASES, ...LOCAL_CASES]))
    rows.push(await row('process', item.name, () => runProcessCase(item)));
}
const cycles = values.cycles ?? (quick ? '4' : undefined);
if (cycles !== undefined) rows.push(await row('endurance', 'start and stop', () => runCycles(Number(cycles))));
const { redeploys } = values;
if (redeploys !== undefined) rows.push(await row('endurance', 'redeploy', () => runRedeploys(Number(redeploys))));
if (values.minutes !== undefined) rows.push(await row('endurance', 'soak', () => runSoak(Number(values.minutes))));
if (values.write) await writeTables(path.join(root, 'docs/faults.md'), rows);
process.exit(failed ? 1 : 0);
