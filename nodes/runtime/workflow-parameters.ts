/**
 * The parameters of a workflow as the session dialog holds them, rows of name, type and value: settings out, and, once a
 * stream starts, the values. Takes the JSON text of older nodes too. Refuses what is not of its type.
 */
import { isRecord, parsedJson } from '../../src/index';
import type { ConfigReader } from './config-reader';
import { FLOW_SOURCES, flowValue } from './flow-value';
import type { FlowScope, FlowValue } from './flow-value';
import { renderTemplate } from './templates';

/** One parameter. Text may be a template. */
export type ParameterSetting = { name: string } & (
  { kind: 'value'; value: unknown } | { kind: 'text'; template: string } | ({ kind: 'flow' } & FlowValue)
);

const FIELD = 'parameters';

/** Throws INVALID_OPTION naming the row. `undefined` when there are none. */
export function parseParameters(fields: ConfigReader): ParameterSetting[] | undefined {
  const rows = fields.list(FIELD);
  if (rows === undefined) {
    const values = Object.entries(fields.json(FIELD) ?? {});
    return values.length === 0 ? undefined : values.map(([name, value]) => ({ name, kind: 'value', value }));
  }
  const parameters = rows.map((row) => parseRow(row, fields));
  const names = parameters.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw fields.invalid(FIELD, `has "${twice}" twice`, 'keep one of them');
  return parameters.length === 0 ? undefined : parameters;
}

/** What goes to the server. Rejects TEMPLATE_UNRESOLVED. */
export async function resolveParameters(
  settings: readonly ParameterSetting[],
  scope: FlowScope,
): Promise<Record<string, unknown>> {
  const entries: [string, unknown][] = [];
  for (const setting of settings) {
    const field = `parameter ${setting.name}`;
    if (setting.kind === 'value') entries.push([setting.name, setting.value]);
    else if (setting.kind === 'text')
      entries.push([setting.name, await renderTemplate(setting.template, field, scope)]);
    else entries.push([setting.name, await flowValue(setting, field, scope)]);
  }
  return Object.fromEntries(entries);
}

function parseRow(row: unknown, fields: ConfigReader): ParameterSetting {
  if (!isRecord(row)) throw fields.invalid(FIELD, 'holds something that is no row', 'enter name and value anew');
  const name = fields.of({ [FIELD]: row['name'] }).requiredText(FIELD, 'give each parameter its name');
  const type = row['type'] ?? 'str';
  // An unset environment variable is refused here; blanks around a text are its own.
  const checked = fields.of({ [FIELD]: row['value'] }).text(FIELD);
  const text = typeof row['value'] === 'string' ? row['value'] : checked;
  const source = FLOW_SOURCES.find((candidate) => candidate === type);
  if (source !== undefined) {
    if (checked !== '') return { name, kind: 'flow', source, expression: checked };
    throw fields.invalid(FIELD, `names nothing for "${name}"`, 'enter the property or variable to read');
  }
  if (type === 'str') return { name, kind: 'text', template: text };
  const value = literal(type, checked);
  if (value !== undefined) return { name, kind: 'value', value };
  throw fields.invalid(FIELD, `has "${name}" that is not of its type`, 'correct its value, or choose another type');
}

function literal(type: unknown, text: string): unknown {
  switch (type) {
    case 'num':
      return text !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined;
    case 'bool':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'json':
      return parsedJson(text);
    default:
      return undefined;
  }
}
