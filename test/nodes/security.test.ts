import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { NodeAPI } from 'node-red';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listen, readRequest } from '../unit/signalling/http-server';
import { NodeRed, PACKAGE_ROOT } from './node-red';

const KEY = 'rf_KEYMARK77+/x';
const PASSWORD = 'p@ss:PASSMARK77/?#';
const CREDENTIAL = 'TURNMARK77 word=';
/** What stands in each of them in every encoding but base64. */
const MARKS = ['KEYMARK77', 'PASSMARK77', 'TURNMARK77'];
const BASE64 = [KEY, PASSWORD, `viewer:${PASSWORD}`, CREDENTIAL].map((text) => Buffer.from(text).toString('base64'));

let nodeRed: NodeRed;
/** A server that says back everything it was told, in each way that servers refuse. */
let echo: Awaited<ReturnType<typeof listen>>;
let told = '';

beforeAll(async () => {
  const server = createServer((request, response) => {
    void readRequest(request).then(({ url = '', headers, body }) => {
      const said = `${url} ${JSON.stringify(headers)} ${body}`;
      told += said;
      if (url.startsWith('/camera')) {
        response.writeHead(401, { 'www-authenticate': `Basic realm="${headers.authorization ?? 'cam'}"` }).end(said);
      } else if (url.startsWith('/422')) {
        const detail = [
          {
            type: 'missing',
            loc: ['body', body],
            msg: said,
            input: body === '' ? null : (JSON.parse(body) as unknown),
          },
        ];
        response.writeHead(422).end(JSON.stringify({ detail }));
      } else if (url.startsWith('/400')) {
        // Only what it was told, in a spelling of its own.
        const names = [KEY, PASSWORD].filter((_, index) => body.includes(MARKS[index] ?? ''));
        const message = `Unknown output ${said}. Available workflow outputs: ['${names.join("', '")}']`;
        response.writeHead(400).end(JSON.stringify({ message, error_type: 'WebRTCConfigurationError' }));
      } else {
        const blocks = [{ block_id: body, block_type: said, block_details: said, property_name: said }];
        response.writeHead(500).end(JSON.stringify({ message: said, error_type: body, blocks_errors: blocks }));
      }
    });
  });
  echo = await listen(server);
  nodeRed = await new NodeRed('guarded').ready();
});
afterAll(async () => {
  await nodeRed.stop();
  await echo.close();
});

const ask = (route: string, init: Omit<RequestInit, 'headers'> = {}, token = 'reader') => {
  const headers = { 'content-type': 'application/json', connection: 'close' };
  const authorization = token === '' ? {} : { authorization: `Bearer ${token}` };
  return fetch(new URL(route, nodeRed.url), { ...init, headers: { ...headers, ...authorization } });
};

describe('routes of the runtime for the editor', () => {
  const ours = async () => (await nodeRed.adminRoutes()).filter((route) => route.ours);

  it('are below one path, and refuse whoever has no permission', async () => {
    const routes = await ours();
    const known = ['preview/:id', 'live/:id', 'webcams', 'probe', 'session/test', 'session/workflows'];
    expect(routes.map((route) => route.path)).toEqual(
      expect.arrayContaining(known.map((route) => `/inference-webrtc/${route}`)),
    );
    for (const { method, path: route } of routes) {
      expect(route).toMatch(/^\/inference-webrtc\//);
      for (const token of ['', 'stranger']) {
        const { status } = await ask(route.replaceAll(/:\w+/g, 'stream'), { method: method.toUpperCase() }, token);
        expect(`${method} ${route} ${status}`).toBe(`${method} ${route} 401`);
      }
    }
  });

  it('are each registered with a permission of one of the nodes', () => {
    const require = createRequire(import.meta.url);
    const registered: { path: string; permission: unknown }[] = [];
    const register = (route: string, ...handlers: unknown[]) => {
      registered.push({ path: route, permission: handlers[0] });
    };
    const fake = {
      nodes: { registerType: () => undefined },
      httpAdmin: Object.fromEntries(['get', 'post', 'put', 'delete', 'use', 'all'].map((method) => [method, register])),
      auth: { needsPermission: (permission: string) => permission },
      settings: {},
      hooks: { add: () => undefined },
      events: { on: () => undefined, once: () => undefined },
      plugins: { registerPlugin: () => undefined },
      _: (id: string) => id,
    };
    const manifest = require(path.join(PACKAGE_ROOT, 'package.json')) as {
      'node-red': { nodes: Record<string, string> };
    };
    for (const file of Object.values(manifest['node-red'].nodes)) {
      const { default: start } = require(path.join(PACKAGE_ROOT, file)) as { default: (RED: NodeAPI) => void };
      start(fake as unknown as NodeAPI);
    }
    for (const { permission } of registered) {
      expect(permission).toMatch(/^(webrtc-session|webrtc-stream|on-data|on-frame)\.(read|write)$/);
    }
  });
});

describe('a key, a camera password and a TURN credential', () => {
  const session = (id: string, over: object = {}) => ({
    ...{ id, type: 'webrtc-session', name: `to ${id}`, server: 'own', workflow: 'motion', imageOutput: 'image' },
    ...{ iceUrls: ['turn:127.0.0.1:9?transport=tcp'], iceUsername: 'viewer', reconnect: false },
    ...{
      url: `http://127.0.0.1:${echo.port}/${id}`,
      ...over,
      credentials: { apiKey: KEY, turnCredential: CREDENTIAL },
    },
  });
  const stream = (id: string, over: object) => ({
    ...{ id, type: 'webrtc-stream', z: 'tab', name: id, x: 1, y: 1, start: 'deploy', wires: [['debug']], ...over },
    credentials: { username: 'viewer', password: PASSWORD },
  });
  const camera = (kind: string) => ({ source: 'stream', url: `${kind}/camera?token=KEYMARK77` });

  /** What every POST route says to the fields of every node, as its dialog sends them: secrets are known to the runtime. */
  async function answersToDialogs(): Promise<string[]> {
    const kept = Object.fromEntries(['apiKey', 'turnCredential', 'password'].map((field) => [field, '__PWRD__']));
    const nodes = (await (await ask('flows')).json()) as Record<string, unknown>[];
    // The built-in server takes seconds to start, and knows no secret.
    const ours = nodes.filter(({ id, type }) => /^webrtc-(session|stream)$/.test(String(type)) && id !== 'built-in');
    const own = { server: 'own', url: `http://127.0.0.1:${echo.port}/500` };
    const posts = (await nodeRed.adminRoutes()).filter((route) => route.ours && route.method === 'post');
    const answers: string[] = [];
    for (const { path: route } of posts) {
      expect(route).not.toContain(':');
      for (const node of ours) {
        const body = JSON.stringify({ ...own, ...node, ...kept, username: 'viewer' });
        const answer = await ask(route, { method: 'POST', body });
        answers.push(`${answer.status} ${await answer.text()}`);
      }
    }
    expect(answers.length).toBeGreaterThan(20);
    // They asked the servers and cameras, which echoed what they were told.
    for (const code of ['REQUEST_REFUSED', 'OUTPUT_UNKNOWN', 'WORKFLOW_INVALID', 'SOURCE_UNAUTHORIZED']) {
      expect(answers.join('')).toContain(code);
    }
    expect(answers.join('')).toContain('***');
    return answers;
  }

  it('stand in nothing that anybody sees of runs that fail', async () => {
    const debug = {
      complete: 'true',
      targetType: 'full',
      console: true,
      tosidebar: true,
      tostatus: true,
      active: true,
    };
    await nodeRed.deploy([
      { id: 'tab', type: 'tab', label: 'secrets' },
      session('422'),
      session('400'),
      session('500'),
      session('built-in', { server: 'demo' }),
      stream('refused-422', { session: '422' }),
      stream('refused-400', { session: '400', source: 'server-rtsp', url: 'rtsp://127.0.0.1:9/live' }),
      stream('refused-500', { session: '500' }),
      stream('dead-camera', { session: 'built-in', ...camera('rtsp://127.0.0.1:9') }),
      stream('locked-camera', { session: 'built-in', ...camera(`http://127.0.0.1:${echo.port}`) }),
      stream('in-the-url', {
        session: 'built-in',
        source: 'stream',
        url: `rtsp://viewer:${PASSWORD}@127.0.0.1:9/live`,
      }),
      { id: 'catch', type: 'catch', z: 'tab', scope: null, uncaught: false, x: 1, y: 1, wires: [['debug']] },
      { id: 'statuses', type: 'status', z: 'tab', scope: null, x: 1, y: 1, wires: [['debug']] },
      { id: 'debug', type: 'debug', z: 'tab', name: 'all', ...debug, x: 1, y: 1, wires: [] },
    ]);
    for (const id of ['refused-422', 'refused-400', 'refused-500', 'dead-camera', 'locked-camera', 'in-the-url']) {
      const failed = await nodeRed.first(
        (heard) => heard.kind === 'debug' && heard.msg.includes(`"${id}"`) && /"code":"[A-Z_]+"/.test(heard.msg),
      );
      expect(failed).toBeDefined();
    }
    const answers = await answersToDialogs();
    for (const { method, path: route } of await nodeRed.adminRoutes()) {
      if (!/^\/(flows|inference-webrtc|context|credentials|settings)/.test(route)) continue;
      for (const id of ['422', 'built-in', 'dead-camera', 'locked-camera']) {
        const filled = route.replace(':type', 'webrtc-stream').replaceAll(/:\w+/g, id);
        if (method === 'get') answers.push(await (await ask(filled)).text());
      }
    }
    expect(answers.join('')).toContain('refused-422');
    // All of it went where it belongs, and came back in the refusals.
    for (const secret of MARKS) expect(told).toContain(secret);
    expect(JSON.stringify(nodeRed.heard)).toContain('The server said: ');
    // The address with a password in it is the user's own doing; it stands in the flow, and nowhere else.
    const exported = answers.map((text) =>
      text.replaceAll(`viewer:${PASSWORD}@`, '').replaceAll('?token=KEYMARK77', ''),
    );
    const seen = { log: nodeRed.output, heard: JSON.stringify(nodeRed.heard), exported: exported.join('\n') };
    expect(seen.log.length).toBeGreaterThan(1_000);
    for (const [where, text] of Object.entries(seen)) {
      for (const secret of [...MARKS, ...BASE64]) {
        const at = text.indexOf(secret);
        expect(`${where}: ${at === -1 ? '' : text.slice(Math.max(0, at - 200), at + 30)}`).toBe(`${where}: `);
      }
    }
  });
});
