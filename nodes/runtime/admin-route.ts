/**
 * Answers of the runtime to the editor, over Node-RED's admin HTTP server. Node-RED checks the permission; failures
 * become JSON with a stable code. Nothing a route answers may hold a secret, and nothing it waits for may be unbounded.
 */
import type { Request, Response } from 'express';
import type { NodeAPI } from 'node-red';
import { isRecord } from '../../src/index';
import { toCatchError } from './errors';

/** Where a route is found and who may ask. */
export interface AdminRoute {
  method: 'get' | 'post';
  /** Below the admin root, beginning with `/inference-webrtc/`. */
  path: string;
  /** Node-RED's permission, `<node type>.read` or `<node type>.write`. */
  permission: string;
}

/** What the editor sent, not yet checked. */
export interface AdminRequest {
  params: Record<string, string>;
  query: Record<string, unknown>;
  body: Record<string, unknown>;
  /** Aborted when nobody waits for the answer any more. */
  signal: AbortSignal;
}

const REFUSED = 422;

/** Adds a route; does nothing where the editor is turned off. What a handler returns is sent as JSON, `undefined` as 204. */
export function adminRoute(
  RED: NodeAPI,
  { method, path, permission }: AdminRoute,
  handler: (request: AdminRequest) => Promise<unknown>,
): void {
  // Not there with `httpAdminRoot: false`, whatever the types say.
  const admin: unknown = RED.httpAdmin;
  if (admin === undefined || admin === null) return;
  RED.httpAdmin[method](path, RED.auth.needsPermission(permission), (request: Request, response: Response) => {
    answer(request, response, handler).catch(() => response.destroy());
  });
}

async function answer(
  request: Request,
  response: Response,
  handler: (request: AdminRequest) => Promise<unknown>,
): Promise<void> {
  response.setHeader('Cache-Control', 'no-store');
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  try {
    const body: unknown = request.body;
    const result = await handler({
      params: Object.fromEntries(Object.entries(request.params).map(([name, value]) => [name, String(value)])),
      query: request.query,
      body: isRecord(body) ? body : {},
      signal: gone.signal,
    });
    if (result === undefined) response.status(204).end();
    else response.json(result);
  } catch (error) {
    const { code, message } = toCatchError(error);
    response.status(REFUSED).json({ error: { code, message } });
  }
}
