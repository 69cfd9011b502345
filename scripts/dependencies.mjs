// Writes the table of docs/dependencies.md anew from package-lock.json: everything that users install, and what needs it.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as prettier from 'prettier';

const root = path.resolve(import.meta.dirname, '..');
const target = path.join(root, 'docs/dependencies.md');
const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
const own = { ...packages[''].dependencies, ...packages[''].optionalDependencies };
const installed = Object.entries(packages).filter(([place, { dev }]) => place !== '' && dev !== true);
const nameOf = (place) => place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);

function neededBy(place) {
  const name = nameOf(place);
  const nested = place.lastIndexOf('/node_modules/');
  if (nested > 0) return [nameOf(place.slice(0, nested))];
  const users = installed.filter(
    ([user, { dependencies = {} }]) => name in dependencies && !(`${user}/node_modules/${name}` in packages),
  );
  return [...new Set(users.map(([user]) => nameOf(user)))].sort();
}

function row([place, { version, license }]) {
  const name = nameOf(place);
  const users = neededBy(place).map((user) => `\`${user}\``);
  const few = users.length > 3 ? [...users.slice(0, 3), `${users.length - 3} more`] : users;
  return `| \`${name}\` | ${version} | ${license ?? 'not stated'} | ${name in own ? 'this package' : few.join(', ')} |`;
}

const text = readFileSync(target, 'utf8');
const start = text.lastIndexOf('| package');
if (start < 0) throw new Error(`${target} has no table`);
const head = '| package | version | licence | needed by |\n| --- | --- | --- | --- |\n';
const rows = installed.map(row).sort((a, b) => a.localeCompare(b, 'en'));
const filled = `${text.slice(0, start)}${head}${rows.join('\n')}\n`;
writeFileSync(target, await prettier.format(filled, { ...(await prettier.resolveConfig(target)), filepath: target }));
