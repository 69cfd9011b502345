import { describe, expect, it } from 'vitest';
import { redactEvent, secretsOf } from '../../../src/client/redact-event';
import type { SessionErrorData } from '../../../src/errors';
import type { SessionEvent } from '../../../src/session/events';
import { NO_SESSION_FACTS } from '../../../src/session/session-facts';
import type { SessionOptions } from '../../../src/session/options';

const secrets = ['key-of-server', 'p@ss word', 'turn-credential'] as const;
const options: SessionOptions = {
  server: { url: 'http://127.0.0.1:9001', apiKey: secrets[0] },
  workflow: { kind: 'specification', specification: {} },
  source: { kind: 'stream', url: 'rtsp://camera/', username: 'user', password: secrets[1] },
  network: { iceServers: [{ urls: 'turn:relay', username: 'user', credential: secrets[2] }] },
};
const said = `failed at rtsp://user:${encodeURIComponent(secrets[1])}@camera/ with ${secrets.join(', ')}`;
const error: SessionErrorData = {
  code: 'INTERNAL',
  message: said,
  retry: false,
  details: { reason: said, list: [{ deep: said }], count: 3, nothing: null },
};
const metadata = {
  ...{ frame_id: 1, received_at: null, pts: 3, time_base: 1, declared_fps: null, measured_fps: 2 },
  ...{ width: 1, height: 1, errors: ['GET https://api.example/?api_key=another failed', said] },
};
const timing = { capturedAt: null, sentAt: null, receivedAt: 1, deliveredAt: null };

const events: SessionEvent[] = [
  { kind: 'warning', error },
  { kind: 'end', outcome: 'failed', terminationReason: null, error },
  {
    ...{ kind: 'phase', phase: 'failed', previous: 'live', at: 1, percent: null, remainingMs: null },
    ...{ attempt: 1, retryInMs: null, fps: null, error, session: { ...NO_SESSION_FACTS, serverVersion: said } },
  },
  { kind: 'data', outputs: { count: 2 }, metadata, timing, skipped: 0 },
  {
    ...{ kind: 'frame', format: 'jpeg', data: new Uint8Array(1), width: 1, height: 1 },
    ...{ picture: 'jpeg', source: { width: 1, height: 1 }, skipped: 0 },
    ...{ metadata, outputs: null, timing },
  },
];

describe('redactEvent', () => {
  it.each(events.map((event) => [event.kind, event] as const))('leaves no secret in a %s event', (_kind, event) => {
    const text = JSON.stringify(redactEvent(event, secretsOf(options)));
    for (const secret of [...secrets, encodeURIComponent(secrets[1]), 'another']) expect(text).not.toContain(secret);
    expect(text).toContain('failed');
  });

  it.each(['stream', 'server-rtsp', 'server-mjpeg'] as const)('knows the password of a source of kind %s', (kind) => {
    expect(secretsOf({ ...options, source: { kind, url: 'rtsp://camera/', password: 'p@ss word' } })).toContain(
      'p@ss word',
    );
  });

  it('keeps everything else, and the events that hold no text', () => {
    const redacted = redactEvent({ kind: 'warning', error }, secretsOf(options));
    expect(redacted).toMatchObject({ error: { code: 'INTERNAL', details: { count: 3, nothing: null } } });
    const end: SessionEvent = { kind: 'end', outcome: 'complete', terminationReason: null, error: null };
    expect(redactEvent(end, ['complete'])).toBe(end);
  });
});
