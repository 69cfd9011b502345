import { createServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import type { HttpRoute } from '../../../src/signalling/dispatcher';
import { SignallingClient } from '../../../src/signalling/client';
import { proxyFor } from '../../../src/signalling/proxy';
import { cleanUpsAfterEach } from '../../clean-ups';
import { basic, tunnelTo } from './connect-proxy';
import { listen } from './http-server';
import { CERTIFICATE_KEY } from './certificate';
import {
  CA,
  CLIENT_CERTIFICATE,
  CLIENT_KEY,
  CLIENT_PASSPHRASE,
  SERVER_CERTIFICATE,
  SERVER_KEY,
} from './private-authority';

const CLIENT = { certPem: CLIENT_CERTIFICATE, keyPem: CLIENT_KEY, passphrase: CLIENT_PASSPHRASE };
const never = new AbortController().signal;
const cleanUps = cleanUpsAfterEach();

/** An https server of the private authority that knows its clients by their certificates. */
async function server({ wantsClient = false } = {}) {
  const clients: (string | undefined)[] = [];
  const options = { cert: SERVER_CERTIFICATE, key: SERVER_KEY, ca: CA, requestCert: wantsClient };
  const listening = await listen(
    createServer({ ...options, rejectUnauthorized: wantsClient }, (request, response) => {
      const { socket } = request;
      clients.push(socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.subject : undefined);
      response.end(JSON.stringify({ sdp: 'v=0\r\n', type: 'answer' }));
    }),
  );
  cleanUps.push(() => listening.close());
  return { port: listening.port, clients };
}

async function ask(url: string, route: HttpRoute): Promise<unknown> {
  const client = new SignallingClient({ server: { url }, timeoutMs: 5_000, ...route });
  cleanUps.push(() => client.close());
  const workflow = { kind: 'saved', workspaceName: 'acme', workflowId: 'count' } as const;
  return client.initialise({ offerSdp: 'v=0', workflow }, never).then(
    ({ answerSdp }) => answerSdp,
    (thrown: unknown) => thrown,
  );
}

describe('a server with the certificate of a private authority', () => {
  it('is trusted when the authority is given, and not otherwise', async () => {
    const { port } = await server();
    expect(await ask(`https://localhost:${port}`, { caPem: CA })).toBe('v=0\r\n');
    expect(await ask(`https://127.0.0.1:${port}`, { caPem: CA })).toBe('v=0\r\n');
    expect(await ask(`https://localhost:${port}`, {})).toMatchObject({ code: 'SERVER_UNREACHABLE', retry: false });
  });

  it('is taken as it is when nobody wants it verified', async () => {
    const { port } = await server();
    expect(await ask(`https://localhost:${port}`, { verify: false })).toBe('v=0\r\n');
  });

  it('must have the name that is expected of it', async () => {
    const { port } = await server();
    const other = await ask(`https://localhost:${port}`, { caPem: CA, servername: 'other.test' });
    expect(other).toMatchObject({ message: expect.stringMatching(/for another name/) as string });
    expect(await ask(`https://localhost:${port}`, { caPem: CA, servername: 'inference.test' })).toBe('v=0\r\n');
  });

  it('gets to know the client by its certificate, whose key is encrypted', async () => {
    const { port, clients } = await server({ wantsClient: true });
    expect(await ask(`https://localhost:${port}`, { caPem: CA, ...CLIENT })).toBe('v=0\r\n');
    expect(clients).toEqual(['CN=camera client']);
    expect(await ask(`https://localhost:${port}`, { caPem: CA })).toMatchObject({ code: 'SERVER_UNREACHABLE' });
  });

  it.each([
    ['a wrong passphrase', { ...CLIENT, passphrase: 'planted-other' }],
    ['the key of another', { ...CLIENT, keyPem: CERTIFICATE_KEY }],
    ['no key', { certPem: CLIENT_CERTIFICATE }],
    ['text that is no certificate', { ...CLIENT, certPem: 'planted hello' }],
  ])('is not even called with %s', (_, route) => {
    const create = () => new SignallingClient({ server: { url: 'https://h' }, timeoutMs: 1, ...route });
    expect(create).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    expect(create).not.toThrow(/planted/);
  });
});

describe('a server behind a proxy', () => {
  it('is reached through the proxy of the environment, by a name that only the proxy knows, with the own certificate', async () => {
    const { port, clients } = await server({ wantsClient: true });
    const proxy = await tunnelTo(port);
    cleanUps.push(() => proxy.close());
    const environment = { HTTPS_PROXY: proxy.url.replace('//', '//user:p%40ss@') };
    const proxyUrl = proxyFor('https://inference.test', undefined, environment) ?? '';
    expect(await ask('https://inference.test', { caPem: CA, ...CLIENT, proxyUrl })).toBe('v=0\r\n');
    expect(proxy.asked).toEqual([{ host: 'inference.test:443', login: basic('user', 'p@ss') }]);
    expect(clients).toEqual(['CN=camera client']);
  });

  it('is told from a proxy that is not there', async () => {
    const error = await ask('https://inference.test', { proxyUrl: 'http://user:planted@127.0.0.1:9' });
    expect(error).toMatchObject({
      code: 'SERVER_UNREACHABLE',
      message: expect.stringMatching(/proxy http:\/\/127\.0\.0\.1:9 .* cannot be reached/) as string,
    });
    expect(String(error)).not.toContain('planted');
  });
});

describe('a proxy that never answers', () => {
  it('is given up after the limit, and closing does not wait for it', async () => {
    const silent = createTcpServer();
    const sockets = new Set<Socket>();
    silent.on('connection', (socket) => sockets.add(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    cleanUps.push(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => silent.close(resolve));
    });
    const address = silent.address();
    const proxyUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const client = new SignallingClient({ server: { url: 'https://inference.example' }, timeoutMs: 100, proxyUrl });
    const workflow = { kind: 'saved', workspaceName: 'acme', workflowId: 'count' } as const;
    await expect(client.initialise({ offerSdp: 'v=0', workflow }, never)).rejects.toMatchObject({
      code: 'SERVER_TIMEOUT',
    });
    await client.close();
  });
});
