/** A real HTTP server in front of the demo server: passes everything on and keeps what it was asked. */
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import type * as Library from '../../src/index';
import { listen, readRequest } from '../unit/signalling/http-server';
import type { ReceivedRequest } from '../unit/signalling/http-server';

const library = createRequire(import.meta.url)(
  path.resolve(import.meta.dirname, '../../dist/src/index.js'),
) as typeof Library;

/** See `recordingServer`. */
export interface RecordingServer {
  url: string;
  requests: ReceivedRequest[];
  /** Bodies of the requests that start a session, newest last. */
  initialised(): Record<string, unknown>[];
  close(): Promise<void>;
}

/** Answers to `replace`d paths are the test's own: `[status, body]`. */
export async function recordingServer(
  replace: Record<string, (request: ReceivedRequest) => [status: number, body: unknown]> = {},
): Promise<RecordingServer> {
  const demo = await library.acquireDemoServer();
  const requests: ReceivedRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    void readRequest(incoming).then(async (request) => {
      requests.push(request);
      const own = replace[new URL(request.url ?? '/', demo.url).pathname];
      const [status, body] = own?.(request) ?? (await forward(demo.url, request));
      outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  const { port, close } = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    initialised: () =>
      requests
        .filter(({ url }) => url === '/initialise_webrtc_worker')
        .map(({ body }) => JSON.parse(body) as Record<string, unknown>),
    close: async () => {
      await close();
      await demo.release();
    },
  };
}

async function forward(base: string, { method, url, body }: ReceivedRequest): Promise<[number, unknown]> {
  const post = method === 'POST' ? { body, headers: { 'content-type': 'application/json' } } : {};
  const answer = await fetch(`${base}${url}`, { method: method ?? 'GET', ...post });
  return [answer.status, await answer.json()];
}
