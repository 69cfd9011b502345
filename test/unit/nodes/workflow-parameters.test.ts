import { describe, expect, it } from 'vitest';
import { ConfigReader } from '../../../nodes/runtime/config-reader';
import type { FlowScope } from '../../../nodes/runtime/flow-value';
import { parseParameters, resolveParameters } from '../../../nodes/runtime/workflow-parameters';
import { parseWorkflow, resolveWorkflow } from '../../../nodes/runtime/workflow-choice';
import { DEMO_WORKFLOW_SPECIFICATION } from '../../../src/index';

const reader = (config: object) => new ConfigReader(config, 'webrtc-session "Hall"');
const values: Record<string, unknown> = {
  'msg.payload.zone': [1, 2],
  'flow.site': 'north',
  'global.limit': 0,
  'env.MODE': 'day',
  'msg.spec': { version: '1.0' },
  'flow.text': '{"version": "1.0"}',
  'global.wrong': 7,
};
const scope: FlowScope = {
  message: { payload: { name: 'door' } },
  environment: () => undefined,
  context: () => Promise.resolve(undefined),
  evaluate: (source, expression) =>
    expression === 'bro[ken'
      ? Promise.reject(new Error('Invalid property expression'))
      : Promise.resolve(values[`${source}.${expression}`]),
};
const resolve = (parameters: unknown) => resolveParameters(parseParameters(reader({ parameters })) ?? [], scope);
const invalid = (field: string) => expect.objectContaining({ code: 'INVALID_OPTION', details: { field } }) as Error;
const unresolved = (name: string) =>
  expect.objectContaining({
    code: 'TEMPLATE_UNRESOLVED',
    details: expect.objectContaining({ name }) as object,
  }) as Error;

describe('the parameters of a workflow', () => {
  it('have the type that their row says', async () => {
    const rows = [
      { name: 'label', type: 'str', value: ' {{payload.name}} 7 ' },
      { name: 'empty', type: 'str', value: '' },
      { name: 'threshold', type: 'num', value: '0.5' },
      { name: 'strict', type: 'bool', value: 'false' },
      { name: 'classes', type: 'json', value: '["car", null]' },
      { name: 'zone', type: 'msg', value: 'payload.zone' },
      { name: 'site', type: 'flow', value: 'site' },
      { name: 'limit', type: 'global', value: 'limit' },
      { name: 'mode', type: 'env', value: 'MODE' },
    ];
    expect(await resolve(rows)).toEqual({
      label: ' door 7 ',
      empty: '',
      threshold: 0.5,
      strict: false,
      classes: ['car', null],
      zone: [1, 2],
      site: 'north',
      limit: 0,
      mode: 'day',
    });
  });

  it('of older nodes are the text of a JSON object, taken as it is', async () => {
    expect(await resolve('{"a": 1, "b": "{{payload.name}}", "c": null}')).toEqual({
      a: 1,
      b: '{{payload.name}}',
      c: null,
    });
    expect(parseParameters(reader({}))).toBeUndefined();
    expect(parseParameters(reader({ parameters: '' }))).toBeUndefined();
    expect(parseParameters(reader({ parameters: [] }))).toBeUndefined();
  });

  it.each([
    ['a number that is none', [{ name: 'a', type: 'num', value: 'x' }]],
    ['an empty number', [{ name: 'a', type: 'num', value: '' }]],
    ['a flag that is none', [{ name: 'a', type: 'bool', value: 'yes' }]],
    ['broken JSON', [{ name: 'a', type: 'json', value: '{' }]],
    ['an unknown type', [{ name: 'a', type: 'jsonata', value: '1' }]],
    ['a property without a name', [{ name: 'a', type: 'msg', value: '' }]],
    ['a row without a name', [{ name: ' ', type: 'str', value: 'x' }]],
    ['a name that stands twice', [1, 2].map((value) => ({ name: 'a', type: 'num', value }))],
    ['what is no row', ['a']],
    ['a list in JSON', '[1]'],
  ])('refuse %s', (_, parameters) => {
    expect(() => parseParameters(reader({ parameters }))).toThrow(invalid('parameters'));
  });

  it('name the environment variable that is not set', () => {
    expect(() => parseParameters(reader({ parameters: [{ name: 'a', value: '${NO_SUCH}' }] }))).toThrow(
      /"parameters" refers to the environment variable NO_SUCH, which is not set/,
    );
  });

  it.each([
    ['msg', 'nothing', 'msg.nothing'],
    ['flow', 'bro[ken', 'flow.bro[ken'],
  ])('that %s does not have end the start', async (type, value, name) => {
    await expect(resolve([{ name: 'a', type, value }])).rejects.toThrow(unresolved(name));
  });
});

describe('a specification', () => {
  const resolved = async (config: object) =>
    resolveWorkflow(parseWorkflow(reader({ workflow: 'specification', ...config }), false), scope);
  const expected = { kind: 'specification', specification: { version: '1.0' } };

  it.each([
    ['the dialog', { specification: '{"version": "1.0"}' }],
    ['the start message', { specificationType: 'msg', specification: 'spec' }],
    ['text in a context', { specificationType: 'flow', specification: 'text' }],
  ])('comes from %s', async (_, config) => {
    expect(await resolved(config)).toEqual(expected);
  });

  it('that is none ends the start', async () => {
    await expect(resolved({ specificationType: 'global', specification: 'wrong' })).rejects.toThrow(
      invalid('specification'),
    );
    await expect(resolved({ specificationType: 'msg', specification: 'gone' })).rejects.toThrow(unresolved('msg.gone'));
    await expect(resolved({ specificationType: 'msg' })).rejects.toThrow(invalid('specification'));
    await expect(resolved({ specificationType: 'jsonata', specification: '1' })).rejects.toThrow(
      invalid('specificationType'),
    );
  });

  it('of motion detection is built in', async () => {
    const specification = DEMO_WORKFLOW_SPECIFICATION;
    expect(await resolved({ workflow: 'motion' })).toEqual({ kind: 'specification', specification });
  });
});
