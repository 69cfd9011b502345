import type { NodeAPI } from 'node-red';
import { describe, expect, it } from 'vitest';
import { discoveryRequest, serverAddress } from '../../../nodes/runtime/discovery-request';
import { NewestCall } from '../../../nodes/runtime/newest-call';

const deployed = {
  type: 'webrtc-session',
  keyPlace: { address: 'http://10.0.0.5:9001', tls: 'own-tls', proxy: '' },
  credentials: { apiKey: 'rf_deployed' },
};
const nodes: Record<string, object> = {
  session: deployed,
  'own-tls': { addTLSOptions: () => ({}) },
  'lax-tls': { addTLSOptions: () => ({ rejectUnauthorized: false }) },
  proxy: { url: 'http://10.0.0.9:3128' },
};
// The parts of Node-RED that are asked.
const RED = {
  nodes: { getNode: (id: string) => nodes[id] ?? null },
  util: { evaluateNodeProperty: (name: string) => (name === 'SERVER' ? 'http://10.0.0.5:9001' : '') },
  settings: { webrtcSessionPlatformUrl: 'http://127.0.0.1:1' },
} as unknown as NodeAPI;

const saved = { id: 'session', server: 'own', url: 'http://10.0.0.5:9001/', tls: 'own-tls', proxy: '' };
const ask = (fields: object) => discoveryRequest(RED, { ...saved, apiKey: '__PWRD__', ...fields });

describe('what a dialog asks about a server', () => {
  it('takes the key of the dialog, or the deployed one where the editor has none', async () => {
    const { options } = await ask({});
    expect(options.server).toEqual({
      ...{ url: 'http://10.0.0.5:9001', apiKey: 'rf_deployed', platformUrl: 'http://127.0.0.1:1' },
    });
    expect((await ask({ apiKey: 'typed', keyTransport: 'header' })).options.server).toMatchObject({
      ...{ apiKey: 'typed', apiKeyTransport: 'header' },
    });
    expect((await ask({ apiKey: '' })).options.server).not.toHaveProperty('apiKey');
    expect((await ask({ id: 'new' })).options.server).not.toHaveProperty('apiKey');
    expect((await ask({ url: '${SERVER}' })).options.server).toMatchObject({ apiKey: 'rf_deployed' });
  });

  it.each([
    ['another host', { url: 'http://10.0.0.6:9001' }],
    ['another port', { url: 'http://10.0.0.5:9002' }],
    ['another scheme', { url: 'https://10.0.0.5:9001' }],
    ['another path', { url: 'http://10.0.0.5:9001/elsewhere' }],
    ['another TLS configuration', { tls: 'lax-tls' }],
    ['no TLS configuration', { tls: '' }],
    ['a proxy', { proxy: 'proxy' }],
    ['a hosted server', { server: 'hosted', hostedUrl: 'https://serverless.roboflow.com' }],
  ])('sends the deployed key nowhere but where it was entered for: not to %s', async (_, fields) => {
    const error: unknown = await ask(fields).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'API_KEY_REJECTED',
      message: expect.stringMatching(/entered for http:\/\/10\.0\.0\.5:9001\..*enter the key again/) as string,
    });
    expect(String(error)).not.toContain('rf_deployed');
  });

  it('sends a key that was typed anew by the TLS configuration and the proxy of the dialog', async () => {
    const { options } = await ask({ apiKey: 'typed', tls: 'lax-tls', proxy: 'proxy' });
    expect(options.server).toMatchObject({ apiKey: 'typed' });
    expect(options.network).toEqual({ tls: { verify: false }, proxy: { url: 'http://10.0.0.9:3128' } });
  });

  it('knows the workflow, or that it is not chosen or not known yet', async () => {
    const workflow = async (fields: object) => (await ask(fields)).workflow;
    expect(await workflow({})).toMatchObject({ kind: 'specification' });
    expect(await workflow({ workflow: 'saved', workspace: '', workflowId: '' })).toBeNull();
    expect(await workflow({ workflow: 'saved', workspace: 'a', workflowId: 'b' })).toMatchObject({ kind: 'saved' });
    expect(await workflow({ workflow: 'model', modelId: '' })).toBeNull();
    const fromMessage = { workflow: 'specification', specificationType: 'msg', specification: 'payload' };
    expect(await workflow(fromMessage)).toBeNull();
    await expect(workflow({ workflow: 'specification', specification: '[' })).rejects.toMatchObject({
      ...{ code: 'INVALID_OPTION', message: expect.stringContaining('not valid JSON') as string },
    });
  });

  it('refuses an address that is none', async () => {
    await expect(ask({ url: 'server', apiKey: '' })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(ask({ server: 'hosted', hostedUrl: 'https://x', apiKey: '' })).rejects.toMatchObject({
      code: 'API_KEY_REJECTED',
    });
  });
});

describe('serverAddress', () => {
  it('has one spelling for each server', () => {
    const own = (url: unknown) => serverAddress({ server: 'own', url });
    expect(own(' HTTP://Server:80/ ')).toBe('http://server');
    expect(own('http://server')).toBe('http://server');
    expect(own('${UNSET}')).toBeUndefined();
    expect(serverAddress({ server: 'demo', url: 'http://server' })).toBeUndefined();
    expect(serverAddress({ server: 'hosted', hostedUrl: 'https://a/b/' })).toBe('https://a/b');
  });
});

describe('NewestCall', () => {
  it('ends the older of two calls that ask the same, and no other', async () => {
    const calls = new NewestCall();
    const signals: AbortSignal[] = [];
    const waiting = (key: string) =>
      calls.run(key, new AbortController().signal, (signal) => {
        signals.push(signal);
        return new Promise<string>((resolve) => {
          signal.addEventListener('abort', () => resolve('ended'));
        });
      });
    const first = waiting('a');
    void waiting('b');
    void waiting('a');
    expect(await first).toBe('ended');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false, false]);
    expect(calls.size).toBe(2);
  });

  it('ends with whoever asked, and forgets what is over', async () => {
    const calls = new NewestCall();
    const gone = new AbortController();
    const call = calls.run('a', gone.signal, (signal) => Promise.resolve(signal));
    gone.abort();
    expect((await call).aborted).toBe(true);
    await expect(calls.run('a', gone.signal, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(calls.size).toBe(0);
  });
});
