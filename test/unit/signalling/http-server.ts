/** A real HTTP server whose answers a test writes. */
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CleanUp } from '../../clean-ups';

export interface ReceivedRequest {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage['headers'];
  body: string;
}

/** What to answer; text goes out as it is, objects as JSON. */
export interface PlannedAnswer {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

export async function readRequest(request: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const { method, url, headers } = request;
  return { method, url, headers, body: Buffer.concat(chunks).toString() };
}

/** Listens on a free port of 127.0.0.1; `close` also ends open connections. */
export async function listen(server: Server): Promise<{ port: number; close: () => Promise<void> }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Gives every request the same answer and keeps the requests; closed by `cleanUps`, or by the caller. */
export async function answering({ status = 200, headers = {}, body = '' }: PlannedAnswer, cleanUps: CleanUp[] = []) {
  const requests: ReceivedRequest[] = [];
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const handler: RequestListener = (request, response) => {
    void readRequest(request).then((received) => {
      requests.push(received);
      response.writeHead(status, headers).end(text);
    });
  };
  const { port, close } = await listen(createServer(handler));
  cleanUps.push(close);
  return { url: `http://127.0.0.1:${port}`, port, requests, close };
}

/** A real HTTP server that takes requests and never answers. */
export async function silent(): Promise<{ url: string; close: () => Promise<void> }> {
  const { port, close } = await listen(createServer(() => undefined));
  return { url: `http://127.0.0.1:${port}`, close };
}
