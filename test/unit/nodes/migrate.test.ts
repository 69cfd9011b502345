/** What nodes of earlier schemas become, and that they mean the same afterwards. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseOnDataSettings, parseOnFrameSettings } from '../../../nodes/runtime/listener-settings';
import { migrate, SCHEMA } from '../../../nodes/runtime/migrate';
import { parseSessionSettings } from '../../../nodes/runtime/session-settings';
import { parseStreamSettings } from '../../../nodes/runtime/stream-settings';

const TYPES = ['webrtc-session', 'webrtc-stream', 'on-data', 'on-frame'];

const settings: Record<string, (config: object) => unknown> = {
  'webrtc-session': (config) => parseSessionSettings(config, {}),
  'webrtc-stream': (config) => parseStreamSettings(config, {}, 'id'),
  'on-data': parseOnDataSettings,
  'on-frame': parseOnFrameSettings,
};

function ready(type: string, config: object): Record<string, unknown> {
  const migration = migrate(type, { ...config });
  if (migration.kind === 'newer') throw new Error('newer');
  return migration.config;
}

describe('a node of schema 0', () => {
  it.each([
    [
      'webrtc-session',
      { server: 'own', url: 'http://a' },
      {
        ...{ server: 'own', url: 'http://a', keyTransport: 'legacy', workflow: 'motion', taskType: 'auto' },
        ...{ specificationType: 'json', disableSinks: false, data: 'auto', video: 'auto', imageOutput: '' },
        ...{ lifetime: 'server', rollover: 'automatic', turnLookup: 'auto', icePolicy: 'all', ipv6: true },
        ...{ reconnect: true, thread: 'worker' },
      },
    ],
    ['webrtc-session', { parameters: '' }, { parameters: '' }],
    ['webrtc-session', { parameters: '{}' }, { parameters: '' }],
    ['webrtc-session', { parameters: '{not json' }, { parameters: '{not json' }],
    [
      'webrtc-session',
      { parameters: '{"a":0.5,"b":true,"c":"x","d":[1],"e":"{{f}}","g":"${H}","i":null}' },
      {
        parameters: [
          { name: 'a', type: 'num', value: '0.5' },
          { name: 'b', type: 'bool', value: 'true' },
          { name: 'c', type: 'str', value: 'x' },
          { name: 'd', type: 'json', value: '[1]' },
          { name: 'e', type: 'json', value: '"{{f}}"' },
          { name: 'g', type: 'json', value: '"${H}"' },
          { name: 'i', type: 'json', value: 'null' },
        ],
      },
    ],
    [
      'webrtc-stream',
      { source: 'stream', url: 'rtsp://a' },
      {
        ...{ source: 'stream', url: 'rtsp://a', video: 'auto', loop: false, cache: true, processing: 'batch' },
        ...{ frames: 'data', liveProcessing: 'realtime', start: 'auto', preview: '' },
      },
    ],
    ['on-data', { fields: ['a', { path: 'b', emit: 'change' }] }, { fields: ['a', { path: 'b', emit: 'change' }] }],
    ['on-data', { fields: 'a, b,\na' }, { fields: ['a', 'b'], acknowledge: 'at-once', ackOverdue: 'wait' }],
    ['on-data', { frameErrors: true }, { fields: [], frameErrors: true, wholeDictionary: false }],
    ['on-frame', { fitWidth: '300' }, { fitWidth: '300', format: 'jpeg', quality: 'good', pace: 'every', preview: '' }],
  ])('%s %j', (type, older, newest) => {
    const before = JSON.stringify(older);
    const config = ready(type, older);
    expect(config).toMatchObject({ ...newest, schema: SCHEMA });
    expect(JSON.stringify(older)).toBe(before);
    // Once more changes nothing, and neither does what the runtime makes of it.
    expect(ready(type, config)).toEqual(config);
  });

  it.each([
    ['webrtc-session', {}],
    ['webrtc-session', { server: 'own', url: 'http://a', lifetime: 'unlimited', parameters: '{"a":1}' }],
    ['webrtc-stream', {}],
    ['webrtc-stream', { source: 'upload', path: '/a.mp4' }],
    ['on-data', { fields: 'a' }],
    ['on-frame', {}],
  ])('%s %j means the same to the runtime after it is written out', (type, older) => {
    const read = settings[type];
    expect(JSON.stringify(read?.(ready(type, older)))).toBe(JSON.stringify(read?.(older)));
  });
});

describe('the schema', () => {
  it.each([undefined, null, '', 0, -1, 'x', 0.5])('%j is that of the first nodes', (schema) => {
    expect(ready('on-frame', { schema })).toMatchObject({ quality: 'good', schema: SCHEMA });
  });

  it.each([1, '1'])('%j is left as it is', (schema) => {
    expect(ready('on-frame', { schema })).toEqual({ schema: SCHEMA });
  });

  it.each(TYPES)('of a later version is refused in clear words: %s', (type) => {
    expect(migrate(type, { schema: 2 })).toEqual({ kind: 'newer', schema: 2 });
    const later = { name: 'Door', schema: 2, fields: ['a'] };
    expect(() => settings[type]?.(later)).toThrow(
      new RegExp(`^${type} "Door" was saved by a newer version .*update @inference-webrtc/node-red`),
    );
  });

  it('stands in every example', () => {
    const folder = path.resolve(import.meta.dirname, '../../../examples');
    for (const file of readdirSync(folder)) {
      const flow = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as { type: string; schema?: unknown }[];
      const schemas = flow.filter(({ type }) => TYPES.includes(type)).map(({ schema }) => schema);
      expect(`${file} ${[...new Set(schemas)].join()}`).toBe(`${file} ${SCHEMA}`);
    }
  });
});
