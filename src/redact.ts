/** Removes secrets from text that people will see: logs, statuses, errors, messages. */

// Each in linear time on any text: error pages of several megabytes come here. A password may hold a raw @.
const URL_WITH_USER = /(:\/\/)[^\s/?#]*@/g;
const SECRET_PARAMETER =
  /([?&;](?:api_?key|key|token|password|passphrase|passwd|pwd|secret|credential|auth)=)[^&\s#"']*/gi;
const SECRET_FIELD = /("?(?:api_?key|password|credential|token)"?\s*[:=]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,}]+)/gi;
const BEARER = /(bearer\s+)[\w.~+/=-]+/gi;

/**
 * Masks user info and secret query parameters of every URL in `text`, fields that look like keys, and each of
 * `secrets` wherever it stands (also percent-encoded).
 */
export function redact(text: string, secrets: readonly (string | undefined)[] = []): string {
  let result = text;
  for (const secret of secrets) {
    if (secret === undefined || secret.length < 3) continue;
    for (const form of new Set([secret, encodeURIComponent(secret)])) result = result.replaceAll(form, '***');
  }
  return result
    .replace(URL_WITH_USER, '$1***@')
    .replace(SECRET_PARAMETER, '$1***')
    .replace(SECRET_FIELD, '$1"***"')
    .replace(BEARER, '$1***');
}
