/**
 * Saved nodes of earlier schemas -> the newest: what an older version meant, written out. Pure. The build also hands this
 * file to the editor (scripts/build.mjs): it imports nothing. Nodes without `schema` are of schema 0.
 */

/** The schema that this version writes. */
export const SCHEMA = 1;

type Config = Readonly<Record<string, unknown>>;

/** `newer`: saved by a later version of the palette; what it means is not known here. */
export type Migration = { kind: 'ready'; config: Config } | { kind: 'newer'; schema: number };

/** From schema 0 on, one step a schema. */
const STEPS: Readonly<Record<string, readonly ((config: Config) => Config)[]>> = {
  'webrtc-session': [sessionToSchema1],
  'webrtc-stream': [streamToSchema1],
  'on-data': [onDataToSchema1],
  'on-frame': [onFrameToSchema1],
};

/** `config` of a node of that type; it is not changed. */
export function migrate(type: string, config: Config): Migration {
  const schema = schemaOf(config);
  if (schema > SCHEMA) return { kind: 'newer', schema };
  const steps = STEPS[type]?.slice(schema) ?? [];
  return { kind: 'ready', config: { ...steps.reduce((older, step) => step(older), config), schema: SCHEMA } };
}

function schemaOf(config: Config): number {
  const schema = Number(config['schema'] ?? 0);
  return Number.isInteger(schema) && schema > 0 ? schema : 0;
}

function sessionToSchema1(config: Config): Config {
  return {
    ...written(config, {
      ...{ server: 'demo', keyTransport: 'legacy', workflow: 'motion', taskType: 'auto', specificationType: 'json' },
      ...{ disableSinks: false, data: 'auto', video: 'auto', imageOutput: '', lifetime: 'server' },
      ...{ rollover: 'automatic', turnLookup: 'auto', icePolicy: 'all', ipv6: true, reconnect: true, thread: 'worker' },
    }),
    ...(typeof config['parameters'] === 'string' ? { parameters: parameterRows(config['parameters']) } : {}),
  };
}

function streamToSchema1(config: Config): Config {
  return written(config, {
    ...{ source: 'test-pattern', video: 'auto', loop: false, cache: true, processing: 'batch', frames: 'data' },
    ...{ liveProcessing: 'realtime', start: 'auto', preview: '' },
  });
}

function onDataToSchema1(config: Config): Config {
  const { fields } = { fields: config['fields'] ?? [] };
  const names = typeof fields === 'string' ? fields.split(/[,\n]/).map((name) => name.trim()) : undefined;
  return {
    ...written(config, {
      ...{ wholeDictionary: false, frameErrors: false, endOfStream: false, buffers: false, shapes: false },
      ...{ acknowledge: 'at-once', ackOverdue: 'wait' },
    }),
    fields: names === undefined ? fields : [...new Set(names.filter((name) => name !== ''))],
  };
}

function onFrameToSchema1(config: Config): Config {
  return written(config, {
    ...{ format: 'jpeg', quality: 'good', pace: 'every', acknowledge: 'at-once', ackOverdue: 'wait', preview: '' },
  });
}

/** What is missing means this. */
function written(config: Config, meant: Config): Config {
  const missing = Object.entries(meant).filter(([field]) => config[field] === undefined || config[field] === null);
  return { ...config, ...Object.fromEntries(missing) };
}

/** The text of a JSON object as rows of name, type and value; what is none stays, to be told. */
function parameterRows(text: string): unknown {
  if (text.trim() === '') return '';
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return text;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return text;
  const rows = Object.entries(parsed).map(([name, value]: [string, unknown]) => ({ name, ...parameterValue(value) }));
  return rows.length === 0 ? '' : rows;
}

function parameterValue(value: unknown): { type: string; value: string } {
  if (typeof value === 'number') return { type: 'num', value: String(value) };
  if (typeof value === 'boolean') return { type: 'bool', value: String(value) };
  // In a row, a text is a template and may be a variable; in the JSON it was only itself.
  const isPlain = typeof value === 'string' && !value.includes('{{') && !value.includes('${');
  return isPlain ? { type: 'str', value } : { type: 'json', value: JSON.stringify(value) };
}
