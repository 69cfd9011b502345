/**
 * JSON over HTTP on 127.0.0.1 for programs on this machine: route table in, answers out. Refuses other hosts' names
 * (a web page must not reach it through DNS), foreign origins, bodies over 4 MiB and bodies that are not JSON.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { SessionError } from '../errors';
import { guard } from '../guard';
import { badRequestAnswer, INTERNAL_ANSWER, NO_ROUTE_ANSWER, schemaAnswer } from './error-answers';
import { type HttpAnswer, HttpAnswerError } from './http-answer';

/** A request as a route sees it. */
export interface RouteRequest {
  /** Parsed JSON; `undefined` for GET. */
  body: unknown;
  /** Percent-decoded path segments. */
  segments: readonly string[];
  query: URLSearchParams;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
}

/** Answers a request, or throws `HttpAnswerError`. */
export type Route = (request: RouteRequest) => HttpAnswer | Promise<HttpAnswer>;

/** Finds the route of a request; `undefined` = there is none. */
export type FindRoute = (method: string, segments: readonly string[]) => Route | undefined;

const HOST = '127.0.0.1';
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const OWN_HOSTS = /^(127\.0\.0\.1|localhost)(:\d+)?$/i;
const OWN_ORIGINS = /^https?:\/\/(127\.0\.0\.1|localhost)(:\d+)?$/i;
/** Long enough for a slow machine to send 4 MiB over loopback. */
const REQUEST_TIMEOUT_MS = 30_000;

/** A listening server. */
export interface ListeningServer {
  port: number;
  /** Ends open requests too. Idempotent. */
  close(): Promise<void>;
}

/** Starts listening; port 0 = any free one. Rejects with `INVALID_OPTION` when the port cannot be had. */
export async function listen(port: number, findRoute: FindRoute): Promise<ListeningServer> {
  const server = createServer(
    guard(ignore, async (request: IncomingMessage, response: ServerResponse) => {
      const answer = await answerFor(request, response, findRoute);
      send(response, answer);
    }),
  );
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.on('clientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `The demo server cannot listen on ${HOST}:${port} (${cause.message}): choose another port.`;
      reject(new SessionError('INVALID_OPTION', message, { cause }));
    });
    server.listen(port, HOST, resolve);
  });
  server.on('error', ignore);
  return { port: portOf(server), close: once(() => closeServer(server)) };
}

async function answerFor(request: IncomingMessage, response: ServerResponse, find: FindRoute): Promise<HttpAnswer> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  try {
    if (!isOurs(request))
      return { status: 403, body: { message: 'This server answers programs on this machine only.' } };
    const segments = segmentsOf(request.url ?? '/');
    const route = find(request.method ?? 'GET', segments);
    if (route === undefined) return NO_ROUTE_ANSWER;
    const body = request.method === 'POST' ? await readJson(request) : undefined;
    const query = new URLSearchParams((request.url ?? '').split('?', 2)[1]);
    return await route({ body, segments, query, signal: gone.signal });
  } catch (thrown) {
    return thrown instanceof HttpAnswerError ? thrown.answer : INTERNAL_ANSWER;
  }
}

function isOurs(request: IncomingMessage): boolean {
  const { host = '', origin } = request.headers;
  return OWN_HOSTS.test(host) && (origin === undefined || OWN_ORIGINS.test(origin));
}

function segmentsOf(url: string): string[] {
  const path = url.split('?', 1)[0] ?? '';
  try {
    return path.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    throw new HttpAnswerError(badRequestAnswer('The path is not properly encoded.'));
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const contentType = request.headers['content-type'] ?? '';
  // Anything else could come from a form on a web page without asking first.
  if (!/^application\/json\b/i.test(contentType)) throw notJson('Content-Type should be application/json');
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) {
      const message = `The body is larger than ${MAX_BODY_BYTES} bytes.`;
      throw new HttpAnswerError({ status: 413, body: { message }, headers: { connection: 'close' } });
    }
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw notJson('JSON decode error');
  }
}

function notJson(msg: string): HttpAnswerError {
  return new HttpAnswerError(schemaAnswer([{ type: 'json_invalid', loc: ['body'], msg, input: {} }]));
}

function send(response: ServerResponse, answer: HttpAnswer): void {
  if (response.destroyed || response.headersSent) return;
  const { status, headers, json } = written(answer);
  const body = Buffer.from(json);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': body.length, ...headers })
    .end(body);
}

/** An answer that echoes what was sent may be nested too deeply to be written. */
function written(answer: HttpAnswer): HttpAnswer & { json: string } {
  try {
    return { ...answer, json: JSON.stringify(answer.body) };
  } catch {
    return { ...INTERNAL_ANSWER, json: JSON.stringify(INTERNAL_ANSWER.body) };
  }
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function once(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= action());
}

function ignore(): void {
  // A broken request is its client's affair.
}
