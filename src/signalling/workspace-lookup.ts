/**
 * What Roboflow's platform knows of an API key (protocol.md G): its workspace, the workflows in it, the specification of
 * one. The key travels in the query, the only way there is; it stands in no error.
 */
import { SessionError } from '../errors';
import type { SessionErrorCode } from '../errors';
import { isRecord } from '../json';
import { redact } from '../redact';
import { platformExchange, refusalOf, unanswered } from './platform-exchange';
import type { PlatformLookup } from './platform-exchange';
import { jsonObject } from './response';

/** Whom to ask with which key. */
export interface WorkspaceLookup extends PlatformLookup {
  apiKey: string;
}

/** A workflow as a list shows it. */
export interface WorkflowEntry {
  /** As sessions name it. */
  id: string;
  /** As its author named it. */
  name: string;
}

const LOOKUP_LIMIT_MS = 10_000;
const MAX_WORKFLOWS = 1_000;
const MAX_NAME = 200;

/** The workspace of the key. Rejects within 10 s: API_KEY_…, SERVER_… (of the platform), SESSION_CLOSED when aborted. */
export async function lookUpWorkspace(lookup: WorkspaceLookup): Promise<string> {
  const workspace = (await ask(lookup, [], 'the workspace of the API key'))['workspace'];
  if (typeof workspace === 'string' && workspace !== '') return workspace;
  throw failed(lookup, 'the workspace of the API key', UNREADABLE);
}

/** Rejects as `lookUpWorkspace`, and with WORKFLOW_NOT_FOUND for a workspace that the key does not see. */
export async function listWorkspace(lookup: WorkspaceLookup, workspace: string): Promise<WorkflowEntry[]> {
  const what = `the workflows of “${workspace}”`;
  const list: unknown = (await ask(lookup, [workspace, 'workflows'], what))['workflows'];
  if (!Array.isArray(list)) throw failed(lookup, what, UNREADABLE);
  return list.slice(0, MAX_WORKFLOWS).flatMap((entry: unknown) => {
    const { url, name } = isRecord(entry) ? { url: entry['url'], name: entry['name'] } : {};
    if (typeof url !== 'string' || url === '' || url.length > MAX_NAME) return [];
    return [{ id: url, name: typeof name === 'string' && name !== '' ? name.slice(0, MAX_NAME) : url }];
  });
}

/** The specification of a saved workflow. Rejects as `listWorkspace`. */
export async function savedSpecification(
  lookup: WorkspaceLookup,
  { workspaceName, workflowId }: { workspaceName: string; workflowId: string },
): Promise<Record<string, unknown>> {
  const what = `the workflow “${workspaceName}/${workflowId}”`;
  const { workflow } = { workflow: (await ask(lookup, [workspaceName, 'workflows', workflowId], what))['workflow'] };
  const config =
    isRecord(workflow) && typeof workflow['config'] === 'string' ? jsonObject(workflow['config']) : undefined;
  const specification = config?.['specification'];
  if (isRecord(specification)) return specification;
  throw failed(lookup, what, UNREADABLE);
}

async function ask(lookup: WorkspaceLookup, path: string[], what: string): Promise<Record<string, unknown>> {
  const { apiKey, signal } = lookup;
  const place = { path: path.map(encodeURIComponent).join('/'), timeoutMs: LOOKUP_LIMIT_MS };
  const { url, http } = platformExchange(lookup, place);
  try {
    const answer = await http.run({
      method: 'GET',
      origin: url.origin,
      path: `${url.pathname}?api_key=${encodeURIComponent(apiKey)}`,
      headers: { accept: 'application/json' },
      signal,
    });
    if (answer.status !== 200) throw failed(lookup, what, refusal(answer.status));
    const json = jsonObject(answer.body);
    if (json === undefined) throw failed(lookup, what, UNREADABLE);
    return json;
  } catch (thrown) {
    const error = SessionError.from(thrown);
    if (error.details?.['platform'] !== undefined || error.code === 'SESSION_CLOSED') throw error;
    const { code, retry } = error;
    const remedy = 'check the network and the proxy';
    throw failed(lookup, what, { code, why: unanswered(error, LOOKUP_LIMIT_MS), remedy, retry });
  } finally {
    await http.close();
  }
}

interface Failure {
  code: SessionErrorCode;
  why: string;
  remedy: string;
  retry: boolean;
}

const UNREADABLE: Failure = {
  code: 'SERVER_ANSWER_INVALID',
  why: 'sent something else',
  remedy: 'enter the names by hand',
  retry: false,
};

/** What follows the status, and what helps. */
const REASONS: Partial<Record<SessionErrorCode, { why: string; remedy: string }>> = {
  API_KEY_REJECTED: {
    why: ': it does not accept the API key',
    remedy: 'copy the key again from the settings of your workspace',
  },
  API_KEY_FORBIDDEN: {
    why: ': the API key may not see this, or is paused',
    remedy: 'allow it to read workflows (scope workflow:read), or use another key',
  },
  WORKFLOW_NOT_FOUND: {
    why: ': there is no such thing, or the API key belongs to another workspace',
    remedy: 'check the names',
  },
  SERVER_ERROR: { why: '', remedy: 'try again later' },
};

function refusal(status: number): Failure {
  const { code, retry } = refusalOf(status);
  const { why, remedy } = REASONS[code] ?? { why: '', remedy: UNREADABLE.remedy };
  return { code, why: `answered ${status}${why}`, remedy, retry };
}

function failed(
  { platformUrl, apiKey }: WorkspaceLookup,
  what: string,
  { code, why, remedy, retry }: Failure,
): SessionError {
  const platform = redact(new URL(platformUrl).origin, [apiKey]);
  const message = `Roboflow's platform (${platform}) was asked for ${redact(what, [apiKey])} and ${why}: ${remedy}.`;
  return new SessionError(code, message, { retry, details: { platform } });
}
