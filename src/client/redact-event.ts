/** The last look at what a session tells before its user sees it: no secret of its options may stand in any text. */
import type { SessionErrorData } from '../errors';
import { redact } from '../redact';
import type { PhaseEvent, SessionEvent } from '../session/events';
import type { SessionOptions } from '../session/options';

/** Everything in the options that nobody may read. */
export function secretsOf(options: SessionOptions): string[] {
  const { server, source, network } = options;
  const password = 'password' in source ? source.password : undefined;
  const credentials = (network?.iceServers ?? []).map(({ credential }) => credential);
  const words = [network?.tls?.passphrase, network?.proxy?.password];
  return [server.apiKey, password, ...words, ...credentials].filter((secret) => secret !== undefined);
}

/** The event itself where it holds no text that could hold a secret. What the workflow computed stays as it is. */
export function redactEvent(event: SessionEvent, secrets: readonly string[]): SessionEvent {
  switch (event.kind) {
    case 'phase':
      return redactPhase(event, secrets);
    case 'end':
      return event.error === null ? event : { ...event, error: redactError(event.error, secrets) };
    case 'warning':
      return { ...event, error: redactError(event.error, secrets) };
    case 'data':
      return { ...event, metadata: redactErrors(event.metadata, secrets) };
    case 'frame':
      return event.metadata === null ? event : { ...event, metadata: redactErrors(event.metadata, secrets) };
    case 'stats':
    case 'frame-taken':
    case 'rollover':
    case 'child':
      return event;
  }
}

/** The version is the server's own text. */
function redactPhase(event: PhaseEvent, secrets: readonly string[]): PhaseEvent {
  const { error, session } = event;
  const { serverVersion } = session;
  if (error === null && serverVersion === null) return event;
  return {
    ...event,
    error: error && redactError(error, secrets),
    session: { ...session, serverVersion: serverVersion && redact(serverVersion, secrets) },
  };
}

function redactError(error: SessionErrorData, secrets: readonly string[]): SessionErrorData {
  const { message, details } = error;
  return {
    ...error,
    message: redact(message, secrets),
    ...(details === undefined ? {} : { details: redactRecord(details, secrets) }),
  };
}

/** A failing block of a workflow may quote the address it asked, key and all. */
function redactErrors<Metadata extends { errors: string[] }>(metadata: Metadata, secrets: readonly string[]): Metadata {
  if (metadata.errors.length === 0) return metadata;
  return { ...metadata, errors: metadata.errors.map((text) => redact(text, secrets)) };
}

function redactRecord(record: Record<string, unknown>, secrets: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, redactValue(value, secrets)]));
}

function redactValue(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return redact(value, secrets);
  if (Array.isArray(value)) return value.map((entry) => redactValue(entry, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return redactRecord({ ...value }, secrets);
}
