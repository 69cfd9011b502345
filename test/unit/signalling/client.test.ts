import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { SessionError } from '../../../src/errors';
import { SignallingClient } from '../../../src/signalling/client';
import type { SignallingClientOptions } from '../../../src/signalling/client';
import { cleanUpsAfterEach } from '../../clean-ups';
import { CERTIFICATE, CERTIFICATE_KEY } from './certificate';
import { basic, tunnelTo } from './connect-proxy';
import { answering, listen } from './http-server';
import type { PlannedAnswer } from './http-server';

const ANSWER = {
  status: 'success',
  context: { request_id: null, pipeline_id: null },
  sdp: 'v=0\r\n',
  type: 'answer',
};
const REQUEST = {
  offerSdp: 'v=0',
  workflow: { kind: 'saved' as const, workspaceName: 'acme', workflowId: 'count' },
};
const never = new AbortController().signal;
const cleanUps = cleanUpsAfterEach();

function clientOf(url: string, options: Partial<SignallingClientOptions> = {}) {
  const client = new SignallingClient({ server: { url, apiKey: 'secret-key' }, timeoutMs: 5_000, ...options });
  cleanUps.push(() => client.close());
  return client;
}

const plan = (answer: PlannedAnswer) => answering(answer, cleanUps);

const initialise = (client: SignallingClient, signal = never) => client.initialise(REQUEST, signal);
const failure = (code: string, message = /./) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as SessionError;

describe('SignallingClient', () => {
  it('posts the offer and returns the answer', async () => {
    const server = await plan({ body: ANSWER });
    const client = clientOf(`${server.url}/base//`, {
      server: { url: `${server.url}/base//`, apiKey: 'secret-key', apiKeyTransport: 'both' },
    });
    expect(await initialise(client)).toEqual({ answerSdp: 'v=0\r\n' });
    const [request] = server.requests;
    expect(request).toMatchObject({ method: 'POST', url: '/base/initialise_webrtc_worker' });
    expect(request?.headers).toMatchObject({ 'content-type': 'application/json', authorization: 'Bearer secret-key' });
    expect(JSON.parse(request?.body ?? '')).toMatchObject({ api_key: 'secret-key', webrtc_offer: { sdp: 'v=0' } });
  });

  it('asks who the server is', async () => {
    const server = await plan({ body: { name: 'Roboflow Inference Server', version: '1.8.3', uuid: 'u' } });
    const client = clientOf(server.url);
    expect(await client.info(never)).toEqual({ name: 'Roboflow Inference Server', version: '1.8.3', uuid: 'u' });
    expect(server.requests[0]).toMatchObject({ method: 'GET', url: '/info' });
  });

  it.each([
    ['text', 'hello', /not JSON/],
    ['a web page', '<html></html>', /web page/],
    ['a list', [], /not JSON/],
    ['no SDP', { type: 'answer' }, /no SDP answer/],
    ['an SDP that is none', { ...ANSWER, sdp: 'hello' }, /no SDP answer/],
    ['an offer', { ...ANSWER, type: 'offer' }, /no SDP answer/],
    ['a failure', { ...ANSWER, status: 'failure' }, /no SDP answer/],
  ])('refuses a 200 that holds %s', async (_, body, message) => {
    const server = await plan({ body });
    await expect(initialise(clientOf(server.url))).rejects.toThrow(failure('SERVER_ANSWER_INVALID', message));
  });

  it('stops reading an answer that has no end', async () => {
    const server = await listen(
      createServer((_, response) => {
        const more = () => {
          while (response.write(Buffer.alloc(65_536, 0x20)));
        };
        response.on('drain', more);
        more();
      }),
    );
    cleanUps.push(() => server.close());
    const client = clientOf(`http://127.0.0.1:${server.port}`);
    await expect(initialise(client)).rejects.toThrow(failure('SERVER_ANSWER_INVALID', /more than 4194304 bytes/));
  });
});

/** A TCP server that treats every connection the same way. */
async function tcp(onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const close = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { port, close };
}

describe('SignallingClient without a usable server', () => {
  it('says that nothing listens', async () => {
    const server = await tcp(() => undefined);
    await server.close();
    const error = failure('SERVER_UNREACHABLE', /nothing listens there; check that the server is running/);
    await expect(initialise(clientOf(`http://127.0.0.1:${server.port}`))).rejects.toThrow(error);
    await expect(initialise(clientOf(`http://localhost:${server.port}`))).rejects.toThrow(error);
    await expect(initialise(clientOf(`http://localhost:${server.port}`))).rejects.toMatchObject({ retry: true });
  });

  it('says that a name cannot be resolved', async () => {
    const client = clientOf('http://no-such-host.invalid:9001');
    await expect(initialise(client)).rejects.toThrow(failure('SERVER_UNREACHABLE', /cannot be resolved/));
  });

  it('says that the connection broke off', async () => {
    const server = await tcp((socket) => socket.once('data', () => socket.destroy()));
    cleanUps.push(() => server.close());
    const client = clientOf(`http://127.0.0.1:${server.port}`);
    await expect(initialise(client)).rejects.toThrow(failure('SERVER_UNREACHABLE', /broke the connection off/));
  });

  it('says that the other side does not speak HTTP', async () => {
    const server = await tcp((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    cleanUps.push(() => server.close());
    const client = clientOf(`http://127.0.0.1:${server.port}`);
    await expect(initialise(client)).rejects.toThrow(failure('SERVER_UNREACHABLE', /does not speak HTTP/));
  });

  it.each([
    ['says nothing', () => undefined],
    ['never ends its answer', (socket: Socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{')],
  ])('gives up after the total time on a server that %s', async (_, onConnection) => {
    const server = await tcp(onConnection);
    cleanUps.push(() => server.close());
    const client = clientOf(`http://127.0.0.1:${server.port}`, { timeoutMs: 100 });
    const error = failure('SERVER_TIMEOUT', /did not answer in time/);
    await expect(initialise(client)).rejects.toThrow(error);
  });

  it('ends at once when its signal is aborted, before or under way', async () => {
    const abort = new AbortController();
    const server = await tcp(() => abort.abort());
    cleanUps.push(() => server.close());
    const client = clientOf(`http://127.0.0.1:${server.port}`);
    await expect(initialise(client, abort.signal)).rejects.toThrow(failure('SESSION_CLOSED'));
    await expect(initialise(client, abort.signal)).rejects.toThrow(failure('SESSION_CLOSED'));
    const reason = new SessionError('WORKER_FAILED', 'gone');
    await expect(initialise(client, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('ends what is under way when it is closed, and closes twice without harm', async () => {
    const server = await tcp(() => void client.close());
    cleanUps.push(() => server.close());
    const client = clientOf(`http://127.0.0.1:${server.port}`);
    await expect(initialise(client)).rejects.toThrow(failure('SESSION_CLOSED'));
    await client.close();
    await expect(initialise(client)).rejects.toThrow(failure('SESSION_CLOSED'));
  });

  it.each([
    ['a URL without a scheme', { url: 'localhost:9001' }, /must start with http/],
    ['a URL of another scheme', { url: 'ftp://host' }, /must start with http/],
    ['an empty URL', { url: '' }, /must start with http/],
    ['a URL with a password', { url: 'http://user:hunter2@host' }, /user or password/],
    ['a proxy without a scheme', { url: 'http://host', proxyUrl: 'proxy:8080' }, /proxy URL/],
    ['a certificate that is none', { url: 'http://host', caPem: 'hello' }, /PEM form/],
  ])('refuses %s', (_, { url, ...options }, message) => {
    const create = () => new SignallingClient({ server: { url }, timeoutMs: 1, ...options });
    expect(create).toThrow(failure('INVALID_OPTION', message));
    expect(create).not.toThrow(/hunter2/);
  });
});

describe('SignallingClient with TLS and proxies', () => {
  async function tlsServer() {
    const server = await listen(
      createTlsServer({ cert: CERTIFICATE, key: CERTIFICATE_KEY }, (_, response) => {
        response.end(JSON.stringify(ANSWER));
      }),
    );
    cleanUps.push(() => server.close());
    return server;
  }

  it('trusts a certificate that it was given, and no other', async () => {
    const { port } = await tlsServer();
    const client = clientOf(`https://localhost:${port}`, { caPem: CERTIFICATE });
    expect((await initialise(client)).answerSdp).toBe('v=0\r\n');
    const stranger = initialise(clientOf(`https://localhost:${port}`));
    await expect(stranger).rejects.toThrow(failure('SERVER_UNREACHABLE', /certificate is not trusted here; give/));
    await expect(initialise(clientOf(`https://localhost:${port}`))).rejects.toMatchObject({ retry: false });
  });

  it('says so when TLS meets plain HTTP', async () => {
    const { port } = await plan({ body: ANSWER });
    const client = clientOf(`https://127.0.0.1:${port}`);
    await expect(initialise(client)).rejects.toThrow(failure('SERVER_UNREACHABLE', /does not speak TLS/));
  });

  it('goes through a proxy with its password, and keeps the password to itself', async () => {
    const { port } = await tlsServer();
    const proxy = await tunnelTo(port);
    cleanUps.push(() => proxy.close());
    const client = clientOf(`https://localhost:${port}`, {
      caPem: CERTIFICATE,
      proxyUrl: proxy.url.replace('//', '//user:hunter2@'),
    });
    expect((await initialise(client)).answerSdp).toBe('v=0\r\n');
    expect(proxy.asked).toEqual([{ host: `localhost:${port}`, login: basic('user', 'hunter2') }]);
    await client.close();
  });

  it('says that the proxy refused', async () => {
    const proxy = createServer().on('connect', (_, socket: Socket) => {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    });
    const listening = await listen(proxy);
    cleanUps.push(() => listening.close());
    const client = clientOf('http://example.invalid', { proxyUrl: `http://127.0.0.1:${listening.port}` });
    await expect(initialise(client)).rejects.toThrow(failure('SERVER_UNREACHABLE', /proxy/));
  });
});
