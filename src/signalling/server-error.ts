/**
 * An HTTP status other than 200 and its body -> one `SessionError`: a stable code, whether trying again helps, and a
 * sentence that says what to do (protocol.md A.5). Pure. Never shows a key or what the request held.
 */
import { SessionError } from '../errors';
import type { SessionErrorCode } from '../errors';
import { serverSaid } from './server-said';
import type { BlockFault, ServerSaid } from './server-said';
import type { HttpAnswer } from './response';

/** What the message may name and what it must not. */
export interface ErrorContext {
  /** The server's address, redacted. */
  where: string;
  secrets: readonly string[];
  /** Epoch milliseconds, for a `Retry-After` that is a date. */
  nowMs: number;
}

interface Verdict {
  code: SessionErrorCode;
  /** What happened, without the full stop. */
  what: string;
  remedy: string;
  retry?: boolean;
  /** Whatever the server says, not sooner than this. */
  minPauseMs?: number;
}

/** A quota of streams frees itself after the server's own idle time (protocol.md H). */
const QUOTA_WAIT_MS = 60_000;
const MAX_RETRY_AFTER_MS = 3_600_000;

/** The error for an answer that is not a success. */
export function serverError(answer: HttpAnswer, { where, secrets, nowMs }: ErrorContext): SessionError {
  const said = serverSaid(answer, secrets);
  const verdict = judge(answer, said);
  const retryAfterMs = verdict.retry === true ? pause(answer, verdict, nowMs) : undefined;
  const parts = [
    `${verdict.what} (${where}, HTTP ${answer.status}): ${verdict.remedy}`,
    ...said.blocks.map(blockSentence),
    ...(said.sentence === '' ? [] : [`The server said: “${said.sentence}”`]),
  ];
  return new SessionError(verdict.code, parts.join(' '), {
    retry: verdict.retry ?? false,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    details: {
      status: answer.status,
      serverMessage: said.sentence,
      errorType: said.errorType,
      innerError: said.innerError,
      ...(said.blocks.length === 0 ? {} : { blocks: said.blocks }),
      ...(said.validOutputs === null ? {} : { validOutputs: said.validOutputs }),
    },
  });
}

const ROUTE_MISSING: Verdict = {
  code: 'ROUTE_MISSING',
  what: 'There is no WebRTC route at this address',
  remedy:
    'check the URL, and that the inference server is up to date and not started with WEBRTC_WORKER_ENABLED=False.',
};

const WORKFLOW_INVALID: Verdict = {
  code: 'WORKFLOW_INVALID',
  what: 'The workflow cannot be run',
  remedy: 'correct it in the workflow editor or in the specification.',
};

const KEY_REJECTED: Verdict = {
  code: 'API_KEY_REJECTED',
  what: 'The API key is missing or was rejected',
  remedy: 'enter a valid key of the workspace in webrtc-session.',
};

/** Statuses that mean one thing whatever the body says. */
const BY_STATUS: Record<number, Verdict> = {
  401: KEY_REJECTED,
  402: {
    code: 'CREDITS_EXCEEDED',
    what: 'The workspace has no credits left',
    remedy: 'add credits to the plan, or use a server of your own.',
  },
  403: {
    code: 'API_KEY_FORBIDDEN',
    what: 'The API key may not do this',
    remedy: 'give the key the missing permission, or use another key.',
  },
  405: ROUTE_MISSING,
  407: {
    code: 'SERVER_UNREACHABLE',
    what: 'The proxy in front of the server asks for a password',
    remedy: 'put user and password into the proxy setting.',
  },
  408: { code: 'SERVER_TIMEOUT', what: 'The server gave up waiting', remedy: 'try again.', retry: true },
  413: {
    code: 'REQUEST_REFUSED',
    what: 'The request is too large for the server',
    remedy: 'use a saved workflow instead of a large specification.',
  },
  422: {
    code: 'REQUEST_REFUSED',
    what: 'The server does not accept a setting of the session',
    remedy: 'correct the named fields; an older server may not know a newer one.',
  },
  423: {
    code: 'API_KEY_FORBIDDEN',
    what: 'The API key is paused',
    remedy: 'resume it in the workspace settings, or use another key.',
  },
  429: {
    code: 'QUOTA_EXCEEDED',
    what: 'Too many streams run at once in this workspace',
    remedy: 'stop one of them; a place is free about a minute after a stream ends.',
    retry: true,
    minPauseMs: QUOTA_WAIT_MS,
  },
  502: {
    code: 'SERVER_ERROR',
    what: 'The server could not get what it needs',
    remedy: 'check plan and region if you set them; else try again later.',
    retry: true,
  },
  503: {
    code: 'SERVER_BUSY',
    what: 'The server is busy or still starting',
    remedy: 'nothing to do: it is tried again.',
    retry: true,
  },
  504: {
    code: 'SERVER_TIMEOUT',
    what: 'The server did not get ready in time',
    remedy: 'it may be starting up and is tried again; if the server opens a stream itself, check that address.',
    retry: true,
  },
};

function judge(answer: HttpAnswer, said: ServerSaid): Verdict {
  const { status } = answer;
  if (status === 400) return badRequest(said);
  if (status === 404) return notFound(said);
  if (status === 500) return internalError(said);
  if (status >= 200 && status < 400) return redirected(answer);
  return BY_STATUS[status] ?? (status >= 500 ? entry(502) : { ...entry(422), what: 'The server refused the request' });
}

function entry(status: 422 | 502): Verdict {
  const found = BY_STATUS[status];
  return found ?? WORKFLOW_INVALID;
}

function badRequest(said: ServerSaid): Verdict {
  const { errorType, sentence, validOutputs } = said;
  if (errorType === 'WebRTCConfigurationError') {
    if (validOutputs === null && !/output/i.test(sentence)) {
      return {
        code: 'REQUEST_REFUSED',
        what: 'The server does not accept the session',
        remedy: 'correct what it names.',
      };
    }
    const choice = validOutputs === null ? '' : ` It offers: ${validOutputs.join(', ') || 'none'}.`;
    return {
      code: 'OUTPUT_UNKNOWN',
      what: 'An output was asked for that the workflow does not have',
      remedy: `correct the field names of on-data or the video output.${choice}`,
    };
  }
  if (isWorkflowFault(said)) return WORKFLOW_INVALID;
  if (/api[ _-]?key/i.test(sentence)) return KEY_REJECTED;
  return { code: 'REQUEST_REFUSED', what: 'The server refused the request', remedy: 'correct what it names.' };
}

function notFound(said: ServerSaid): Verdict {
  if (said.isForeign || said.sentence === '') return ROUTE_MISSING;
  return {
    code: 'WORKFLOW_NOT_FOUND',
    what: 'The workspace, the workflow or one of its models does not exist',
    remedy: 'check both names, and that the API key belongs to that workspace.',
  };
}

function internalError(said: ServerSaid): Verdict {
  if (isWorkflowFault(said)) return WORKFLOW_INVALID;
  return {
    code: 'SERVER_ERROR',
    what: 'The server failed without giving a reason',
    remedy:
      'look at its log. Frequent causes: an address that the server should open itself is not reachable from it, ' +
      'no credits, or a key without permission.',
    retry: true,
  };
}

function redirected(answer: HttpAnswer): Verdict {
  const target = answer.headers['location'];
  const origin = target !== undefined && URL.canParse(target) ? new URL(target).origin : undefined;
  return {
    code: 'SERVER_ANSWER_INVALID',
    what: origin === undefined ? 'The server gave an unexpected reply' : `The server redirects to ${origin}`,
    remedy: origin === undefined ? 'check the URL.' : 'use that address as the server URL.',
  };
}

function isWorkflowFault({ errorType, blocks }: ServerSaid): boolean {
  return blocks.length > 0 || (errorType !== null && /workflow|block|execution_?graph|engine/i.test(errorType));
}

function blockSentence({ blockId, blockType, property, error }: BlockFault): string {
  const block = blockId === null ? 'A block' : `Block “${blockId}”`;
  const type = blockType === null ? '' : ` (${blockType})`;
  const where = property === null ? '' : `, property “${property}”`;
  return `${block}${type}${where}${error === null ? '' : `: ${error}`}.`;
}

/** `Retry-After` in seconds or as a date (RFC 9110 §10.2.3), at most an hour; undefined leaves it to the caller. */
function pause(answer: HttpAnswer, { minPauseMs }: Verdict, nowMs: number): number | undefined {
  const value = answer.headers['retry-after']?.trim() ?? '';
  const askedMs = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - nowMs;
  if (Number.isNaN(askedMs)) return minPauseMs;
  return Math.min(Math.max(askedMs, minPauseMs ?? 0), MAX_RETRY_AFTER_MS);
}
