/** Against the real demo server, which also answers for the platform, and against servers that answer something else. */
import { createServer } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { testConnection } from '../../../src/client/connection-test';
import { describeWorkflow, listWorkflows } from '../../../src/client/discovery';
import type { DiscoveryOptions } from '../../../src/client/discovery';
import { startDemoServer } from '../../../src/demo/demo-server';
import type { DemoServer } from '../../../src/demo/demo-server';
import { DEMO_WORKFLOW_SPECIFICATION } from '../../../src/demo/demo-workflow';
import type { WorkflowOptions } from '../../../src/session/options';
import { listen, readRequest, silent } from '../signalling/http-server';
import type { ReceivedRequest } from '../signalling/http-server';

let demo: DemoServer;
const cleanups: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  demo = await startDemoServer();
});
afterAll(() => demo.close());
afterEach(async () => {
  demo.setFaults({});
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** The demo server, but for the paths that the test answers itself. */
async function inFront(own: Record<string, [status: number, body: unknown]>) {
  const requests: ReceivedRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    void readRequest(incoming).then(async (request) => {
      requests.push(request);
      const { method = 'GET', url = '/', body } = request;
      const post = method === 'POST' ? { body, headers: { 'content-type': 'application/json' } } : {};
      const passedOn = async (): Promise<[number, unknown]> => {
        const answer = await fetch(`${demo.url}${url}`, { method, ...post });
        return [answer.status, await answer.json()];
      };
      const [status, answer] = own[url.split('?')[0] ?? ''] ?? (await passedOn());
      outgoing.writeHead(status).end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
  });
  const { port, close } = await listen(server);
  cleanups.push(close);
  return { url: `http://127.0.0.1:${port}`, requests };
}

const KEY = 'planted_key';
const at = (url: string, over: Partial<DiscoveryOptions['server']> = {}): DiscoveryOptions => ({
  server: { url, platformUrl: url, apiKey: KEY, ...over },
});
const withoutKey = (url: string): DiscoveryOptions => ({ server: { url, platformUrl: url } });
const saved = (workflowId: string): WorkflowOptions => ({ kind: 'saved', workspaceName: 'demo', workflowId });
const steps = async (workflow: WorkflowOptions | null, options: DiscoveryOptions) => {
  const report = await testConnection(workflow, options);
  expect(JSON.stringify(report)).not.toContain(KEY);
  return report.steps.map(({ step, outcome, error }) => `${step} ${outcome}${error === null ? '' : ` ${error.code}`}`);
};
const MOTION: WorkflowOptions = { kind: 'specification', specification: DEMO_WORKFLOW_SPECIFICATION };

describe('the list of workflows', () => {
  it('names the workspace of the key and what is in it', async () => {
    expect(await listWorkflows(at(demo.url))).toEqual({
      workspace: 'demo',
      workflows: [
        { id: 'motion', name: 'Motion with boxes' },
        { id: 'adjustable-motion', name: 'Motion, adjustable' },
      ],
    });
  });

  it.each([
    ['a key that is not known', { apiKey: 'wrong_key' }, 'API_KEY_REJECTED', /copy the key again/],
    ['a platform that is away', { platformUrl: 'http://127.0.0.1:9' }, 'SERVER_UNREACHABLE', /cannot be reached/],
  ])('says what is wrong with %s, without the key', async (...[, over, code, words]) => {
    const error: unknown = await listWorkflows(at(demo.url, over)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringMatching(words) as string });
    expect(String(error)).not.toContain('key_');
    expect(String(error)).not.toContain(KEY);
  });

  it.each([
    [403, {}, 'API_KEY_FORBIDDEN', /workflow:read/],
    [404, {}, 'WORKFLOW_NOT_FOUND', /another workspace/],
    [500, {}, 'SERVER_ERROR', /try again later/],
    [200, '<html>', 'SERVER_ANSWER_INVALID', /enter the names by hand/],
    [200, { workflows: 'many' }, 'SERVER_ANSWER_INVALID', /enter the names by hand/],
  ])('says what to do about the answer %s %j', async (...[status, body, code, words]) => {
    const { url } = await inFront({ '/demo/workflows': [status, body] });
    await expect(listWorkflows(at(url))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(words) as string,
    });
  });

  it('needs a key', async () => {
    await expect(listWorkflows(withoutKey(demo.url))).rejects.toMatchObject({ code: 'API_KEY_REJECTED' });
  });
});

describe('the interface of a workflow', () => {
  it('of the workspace has kinds, and the defaults of its parameters', async () => {
    expect(await describeWorkflow(saved('adjustable-motion'), at(demo.url))).toMatchObject({
      told: 'server',
      inputs: [
        { name: 'image', kind: 'image' },
        { name: 'sensitivity', kind: 'parameter', default: 16 },
        { name: 'zone', kind: 'parameter' },
      ],
      outputs: [
        { name: 'moving', kinds: ['object_detection_prediction'] },
        { name: 'alarm', kinds: ['boolean'] },
      ],
    });
  });

  it('is asked for as it is now, with the key, in its version', async () => {
    const { url, requests } = await inFront({});
    const versioned: WorkflowOptions = { ...MOTION, ...saved('motion'), workflowVersionId: '7' } as WorkflowOptions;
    await describeWorkflow(versioned, at(url, { apiKeyTransport: 'header' }));
    expect(requests[0]).toMatchObject({ url: '/demo/workflows/motion/describe_interface' });
    expect(requests[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({ use_cache: false, workflow_version_id: '7' });
    // No parameters: nobody is asked for defaults.
    expect(requests).toHaveLength(1);
  });

  it('comes from the specification where an output only passes an input on', async () => {
    const outputs = [{ type: 'JsonField', name: 'same', selector: '$inputs.image' }];
    const specification = { ...DEMO_WORKFLOW_SPECIFICATION, outputs };
    const told = await describeWorkflow({ kind: 'specification', specification }, at(demo.url));
    expect(told).toMatchObject({ told: 'specification', outputs: [{ name: 'same', kinds: [] }] });
  });

  it('comes from the platform where the server is too old to describe', async () => {
    const path = '/demo/workflows/motion/describe_interface';
    const { url } = await inFront({ [path]: [405, { detail: 'Method Not Allowed' }] });
    expect(await describeWorkflow(saved('motion'), at(url))).toMatchObject({
      told: 'specification',
      outputs: [{ name: 'predictions' }, { name: 'motion' }, { name: 'alarm' }, { name: 'image' }],
    });
    await expect(describeWorkflow(saved('motion'), withoutKey(url))).rejects.toMatchObject({ code: 'ROUTE_MISSING' });
  });

  it.each([
    ['WORKFLOW_NOT_FOUND', saved('nothing'), {}],
    ['API_KEY_REJECTED', saved('motion'), { apiKey: 'wrong_key' }],
    ['WORKFLOW_INVALID', { kind: 'specification', specification: { version: '1.0' } } as const, {}],
  ])('is refused with %s', async (code, workflow, over) => {
    await expect(describeWorkflow(workflow, at(demo.url, over))).rejects.toMatchObject({ code });
  });
});

describe('the test of a connection', () => {
  it('goes through every question, and tells version, workspace and interface', async () => {
    const report = await testConnection(saved('motion'), at(demo.url));
    expect(report).toMatchObject({ version: '1.5.0', workspace: 'demo', workflow: { told: 'server' } });
    expect(report.steps.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual([
      ...['reach passed', 'serve passed', 'key passed', 'workflow passed'],
    ]);
    expect(demo.sessions).toBe(0);
  });

  it('needs no key where the workflow needs none, and no workflow where it is not known yet', async () => {
    expect(await steps(MOTION, withoutKey(demo.url))).toEqual(['reach passed', 'serve passed', 'workflow passed']);
    expect(await steps(null, withoutKey(demo.url))).toEqual(['reach passed', 'serve passed']);
    const model: WorkflowOptions = { kind: 'model', modelId: 'demo-classification' };
    expect(await steps(model, withoutKey(demo.url))).toEqual(['reach passed', 'serve passed', 'workflow passed']);
  });

  it.each([
    ['a server that is away', null, { url: 'http://127.0.0.1:9' }, ['reach failed SERVER_UNREACHABLE']],
    ['an address that is none', null, { url: 'ftp://server' }, ['reach failed INVALID_OPTION']],
    ['a wrong key', saved('motion'), { apiKey: 'wrong_key' }, ['key failed API_KEY_REJECTED']],
    ['a workflow that is not there', saved('nothing'), {}, ['key passed', 'workflow failed WORKFLOW_NOT_FOUND']],
    [
      'a model that is not there',
      { kind: 'model', modelId: 'nothing/1' } as const,
      {},
      ['key passed', 'workflow failed WORKFLOW_NOT_FOUND'],
    ],
    [
      'a platform that is away, which need not matter',
      MOTION,
      { platformUrl: 'http://127.0.0.1:9' },
      ['key unknown SERVER_UNREACHABLE', 'workflow passed'],
    ],
  ])('tells %s', async (...[, workflow, over, told]) => {
    expect((await steps(workflow, at(demo.url, over))).slice(-told.length)).toEqual(told);
  });

  it.each([
    ['no-route', ['reach passed', 'serve failed ROUTE_MISSING']],
    ['key-unauthorized', ['reach passed', 'key failed API_KEY_REJECTED']],
    ['credits-middleware', ['reach passed', 'key failed CREDITS_EXCEEDED']],
    ['key-paused', ['reach passed', 'key failed API_KEY_FORBIDDEN']],
    ['quota', ['reach passed', 'serve failed QUOTA_EXCEEDED']],
    ['busy', ['reach passed', 'serve failed SERVER_BUSY']],
  ] as const)('tells what a server refuses sessions with: %s', async (forcedAnswer, told) => {
    demo.setFaults({ forcedAnswer });
    expect(await steps(MOTION, at(demo.url))).toEqual(told);
  });

  it('knows a web server that is no inference server', async () => {
    const { url } = await inFront({ '/info': [404, '<html><title>Router</title></html>'] });
    expect(await steps(null, at(url))).toEqual(['reach failed ROUTE_MISSING']);
  });

  it('ends at once when nobody waits for it any more', async () => {
    const { url, close } = await silent();
    cleanups.push(close);
    const gone = new AbortController();
    const test = testConnection(null, { ...at(url), signal: gone.signal });
    gone.abort();
    await expect(test).rejects.toMatchObject({ code: 'SESSION_CLOSED' });
  });
});
