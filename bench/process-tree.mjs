// CPU of a process and all its descendants (Linux), those that have ended and been waited for included.
import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [userTicks, systemTicks, endedUser, endedSystem] = fields.slice(11, 15).map(Number);
    return { pid, parent: Number(fields[1]), ticks: userTicks + systemTicks + endedUser + endedSystem };
  } catch {
    return undefined;
  }
}

/** Seconds of CPU so far. */
export function treeCpuSeconds(root) {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(name) ?? []);
  const members = new Set([root]);
  for (let grown = -1; grown !== members.size;) {
    grown = members.size;
    for (const { pid, parent } of all) if (members.has(parent)) members.add(Number(pid));
  }
  const ticks = all.filter(({ pid }) => members.has(Number(pid))).reduce((sum, stat) => sum + stat.ticks, 0);
  return ticks / TICKS_PER_SECOND;
}
