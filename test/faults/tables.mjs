// Writes the measured rows into docs/faults.md, between its markers; a kind of which nothing was run stays.
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { format } from 'prettier';

const COLUMNS = {
  network: [
    ['case', 'fault'],
    ['seconds', 'for s'],
    ['framesASecond', 'frames/s meanwhile (15 sent)'],
    ['dataASecond', 'data messages/s'],
    ['recoverMs', 'next frame after, ms'],
    ['dataLost', 'data messages lost'],
    ['reconnects', 'reconnects'],
  ],
  process: [
    ['case', 'fault'],
    ['recoverMs', 'next frame after, ms'],
    ['reconnects', 'reconnects'],
    ['dataLost', 'data messages lost'],
    ['codes', 'codes told'],
  ],
  endurance: [
    ['case', 'run'],
    ['before', 'before'],
    ['after', 'after'],
    ['rssMiBPerMinute', 'MiB a minute'],
  ],
};

const cell = (value) => {
  if (value === undefined || value === null) return '-';
  if (Array.isArray(value)) return value.join(', ') || '-';
  if (typeof value === 'object')
    return Object.entries(value)
      .map(([key, part]) => `${key} ${part}`)
      .join(', ');
  return String(value);
};

const line = (cells) => `| ${cells.join(' | ')} |`;

/** `rows` as `run.mjs` prints them. */
export async function writeTables(file, rows) {
  let text = readFileSync(file, 'utf8');
  for (const [kind, columns] of Object.entries(COLUMNS)) {
    const measured = new Map(rows.filter((row) => row.kind === kind).map((row) => [row.case, row]));
    if (measured.size === 0) continue;
    const marker = new RegExp(`(<!-- ${kind} -->)[^]*?(<!-- /${kind} -->)`);
    const body = [...measured.values()].map((row) => line(columns.map(([key]) => cell(row[key]))));
    const head = [line(columns.map(([, title]) => title)), line(columns.map(() => '---'))];
    text = text.replace(marker, `$1\n\n${[...head, ...body].join('\n')}\n\n$2`);
  }
  const machine = `${os.cpus().length} x ${os.cpus()[0]?.model ?? 'unknown'}, Node.js ${process.version}, ${os.type()} ${os.release()}`;
  text = text.replace(
    /(<!-- machine -->)[^]*?(<!-- \/machine -->)/,
    `$1${new Date().toISOString().slice(0, 10)}, ${machine}$2`,
  );
  writeFileSync(file, await format(text, { parser: 'markdown', singleQuote: true, printWidth: 120 }));
}
