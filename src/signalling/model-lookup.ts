/**
 * Asks Roboflow's platform what a model does: `GET {platform}/models/v1/external/stat?modelId=` (protocol.md G). Model
 * id or alias in, task type out. The key travels in a header and stands in no error; giving the type skips all of this.
 */
import { SessionError } from '../errors';
import type { SessionErrorCode } from '../errors';
import { isRecord } from '../json';
import { redact } from '../redact';
import { MODEL_TASK_TYPES, parseTaskType } from './model-specification';
import type { ModelTaskType } from './model-specification';
import { platformExchange, refusalOf, unanswered } from './platform-exchange';
import type { PlatformLookup } from './platform-exchange';
import { jsonObject } from './response';
import type { HttpAnswer } from './response';

/** Whom to ask about what. Public models need no key. */
export interface ModelLookup extends PlatformLookup {
  modelId: string;
}

const LOOKUP_LIMIT_MS = 10_000;

interface Failure {
  code: SessionErrorCode;
  what: string;
  retry: boolean;
}

/**
 * Rejects within 10 s: WORKFLOW_NOT_FOUND, API_KEY_REJECTED, API_KEY_FORBIDDEN, SERVER_… (of the platform),
 * INVALID_OPTION for a type that cannot be streamed, or SESSION_CLOSED when aborted.
 */
export async function lookUpTaskType(lookup: ModelLookup): Promise<ModelTaskType> {
  const { modelId, apiKey, signal } = lookup;
  const { url, where, http } = platformExchange(lookup, {
    path: 'models/v1/external/stat',
    timeoutMs: LOOKUP_LIMIT_MS,
  });
  try {
    const answer = await http.run({
      method: 'GET',
      origin: url.origin,
      path: `${url.pathname}?modelId=${encodeURIComponent(modelId)}`,
      headers: { accept: 'application/json', ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }) },
      signal,
    });
    if (answer.status !== 200) throw failed(lookup, where, refusal(answer.status));
    return parseTaskType(
      taskTypeOf(answer, () => failed(lookup, where, UNREADABLE)),
      { modelId, origin: 'looked up' },
    );
  } catch (thrown) {
    const error = SessionError.from(thrown);
    if (error.details?.['modelId'] === modelId || error.code === 'INVALID_OPTION' || error.code === 'SESSION_CLOSED') {
      throw error;
    }
    const what = unanswered(error, LOOKUP_LIMIT_MS);
    throw failed(lookup, where, { code: error.code, what, retry: error.retry });
  } finally {
    await http.close();
  }
}

const UNREADABLE: Failure = { code: 'SERVER_ANSWER_INVALID', what: 'did not name it', retry: false };

function taskTypeOf(answer: HttpAnswer, otherwise: () => SessionError): string {
  const metadata = jsonObject(answer.body)?.['modelMetadata'];
  const taskType = isRecord(metadata) ? metadata['taskType'] : undefined;
  if (typeof taskType === 'string') return taskType;
  throw otherwise();
}

/** Follows the status. */
const REASONS: Partial<Record<SessionErrorCode, string>> = {
  API_KEY_REJECTED: ': the API key was rejected',
  API_KEY_FORBIDDEN: ': the API key may not see it',
  WORKFLOW_NOT_FOUND: ': there is no such model, or the API key may not see it',
};

function refusal(status: number): Failure {
  const { code, retry } = refusalOf(status);
  return { code, what: `answered ${status}${REASONS[code] ?? ''}`, retry };
}

function failed({ modelId, apiKey }: ModelLookup, where: string, { code, what, retry }: Failure): SessionError {
  const message =
    `The task type of the model “${redact(modelId, [apiKey])}” could not be looked up: ${where} ${what}. Check the ` +
    `model id and the key, or give the task type (${MODEL_TASK_TYPES.join(', ')}): then nobody is asked.`;
  return new SessionError(code, message, { retry, details: { modelId, url: where } });
}
