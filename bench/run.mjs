// npm run bench [-- --quick | --only TEXT | --repeats N | --seconds N]: our library and the official client by turns
// against the same aiortc peer; medians, ratios and goals, one JSON line a case. The method: docs/performance.md.
import os from 'node:os';
import { parseArgs } from 'node:util';
import { CASES, percentile } from './cases.mjs';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    repeats: { type: 'string' },
    seconds: { type: 'string' },
  },
});
const { quick, only } = values;
const repeats = Number(values.repeats ?? (quick ? 1 : 5));
const how = { quick, seconds: Number(values.seconds ?? (quick ? 2 : 15)) };

/** Of each number, and of how many runs it is the median. */
function medians(runs) {
  const names = new Set(runs.flatMap(Object.keys));
  const entries = [...names].map((name) => {
    const known = runs.map((run) => run[name]).filter((value) => typeof value === 'number');
    return [name, known.length === 0 ? null : Math.round(percentile(known, 0.5) * 1e4) / 1e4];
  });
  return Object.fromEntries(entries);
}

/** What is measured against what it may be; the goal is told, never enforced here. */
function verdicts({ ratios = {}, min = {}, most = {} }, ours, official) {
  const rows = [];
  const add = (name, value, goal, met) => rows.push({ name, value: Math.round(value * 1e3) / 1e3, goal, met });
  for (const [name, goal] of Object.entries(ratios)) {
    const ratio = ours[name] / official[name];
    add(`${name} ratio`, ratio, `<= ${goal}`, ratio <= goal);
  }
  for (const [name, goal] of Object.entries(min)) {
    const ratio = ours[name] / official[name];
    add(`${name} ratio`, ratio, `>= ${goal}`, ratio >= goal);
  }
  for (const [name, goal] of Object.entries(most)) add(name, ours[name], `<= ${goal}`, ours[name] <= goal);
  return rows;
}

/** Whether the run delivered at all; the invariant of the short form. */
const delivered = (run) => Object.values(run).some((value) => typeof value === 'number' && value > 0);

async function measure(item) {
  const runs = { ours: [], official: [] };
  const clients = item.alone === true ? ['ours'] : ['ours', 'official'];
  for (let turn = 0; turn < repeats; turn += 1) {
    // Whoever begins has the cooler machine: by turns.
    for (const who of turn % 2 === 0 ? clients : clients.toReversed()) runs[who].push(await item.run(who, how));
  }
  const [ours, official] = [medians(runs.ours), medians(runs.official)];
  if (!clients.every((who) => runs[who].every(delivered))) throw new Error('a run delivered nothing');
  return { ours, ...(item.alone === true ? {} : { official, goals: verdicts(item, ours, official) }) };
}

/** What only several cases together tell: the cost of each further session, and how far from the bare FFmpeg it is. */
function derived(rows) {
  const of = (name) => rows.get(name)?.ours;
  const further = (few, many, sessions) =>
    few === undefined || many === undefined ? null : (many.rssMiB - few.rssMiB) / sessions;
  const over = (name, floor) =>
    of(name) === undefined || of(floor) === undefined ? null : of(name).cpu / of(floor).cpu;
  const each = [1, 2, 4, 8].map((count) => of(`${count} sessions`)?.cpu / count);
  return {
    mibEachFurtherSession: further(of('1 sessions'), of('8 sessions'), 7),
    mibEachFurtherSessionSharing: further(of('1 sessions, one thread'), of('4 sessions, one thread'), 3),
    cpuEachOf1248Sessions: each.some(Number.isNaN) ? null : each,
    copiedOverFloor: over('camera copied, raw BGR', 'floor: FFmpeg, copied'),
    encodedOverFloor: over('camera encoded, raw BGR', 'floor: FFmpeg, encoded'),
  };
}

const machine = {
  cpus: os.cpus().length,
  model: os.cpus()[0]?.model ?? null,
  node: process.version,
  load: os.loadavg()[0],
};
console.log(JSON.stringify({ machine, repeats, ...how }));
let failed = false;
const rows = new Map();
for (const item of CASES) {
  if (only === undefined ? quick && item.quick !== true : !item.name.includes(only)) continue;
  try {
    const row = await measure(item);
    rows.set(item.name, row);
    console.log(JSON.stringify({ case: item.name, ...row }));
  } catch (error) {
    failed = true;
    console.log(JSON.stringify({ case: item.name, failed: error.message }));
  }
}
console.log(JSON.stringify({ derived: derived(rows) }));
process.exit(failed ? 1 : 0);
