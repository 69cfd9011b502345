import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { badge, combinedBadge } from '../../../nodes/runtime/badge';
import type { SessionErrorCode, SessionPhase } from '../../../src/index';
import { phaseEvent } from './events';

const CODES = {
  INVALID_OPTION: true,
  FFMPEG_NOT_FOUND: true,
  FFMPEG_FAILED: true,
  SOURCE_UNREACHABLE: true,
  SOURCE_UNAUTHORIZED: true,
  SOURCE_FILE_UNREADABLE: true,
  SOURCE_UNSUPPORTED: true,
  SOURCE_STALLED: true,
  WEBCAM_NOT_FOUND: true,
  WEBCAM_BUSY: true,
  WEBCAM_FORBIDDEN: true,
  SERVER_UNREACHABLE: true,
  SERVER_TIMEOUT: true,
  SERVER_ERROR: true,
  SERVER_BUSY: true,
  SERVER_ANSWER_INVALID: true,
  ROUTE_MISSING: true,
  API_KEY_REJECTED: true,
  API_KEY_FORBIDDEN: true,
  CREDITS_EXCEEDED: true,
  QUOTA_EXCEEDED: true,
  WORKFLOW_NOT_FOUND: true,
  WORKFLOW_INVALID: true,
  OUTPUT_UNKNOWN: true,
  REQUEST_REFUSED: true,
  TURN_FAILED: true,
  NO_LOCAL_ADDRESS: true,
  CONNECT_TIMEOUT: true,
  CONNECTION_LOST: true,
  STALLED: true,
  SESSION_TIME_LIMIT: true,
  MESSAGE_MALFORMED: true,
  DOWNLOAD_FAILED: true,
  UPLOAD_FAILED: true,
  WORKER_FAILED: true,
  WAIT_TIMEOUT: true,
  NOT_ACKNOWLEDGED: true,
  SESSION_CLOSED: true,
  WORKFLOW_FAILED: true,
  HANDLER_FAILED: true,
  TEMPLATE_UNRESOLVED: true,
  INTERNAL: true,
} satisfies Record<SessionErrorCode, true>;

const CATALOGUE: unknown = JSON.parse(
  readFileSync(new URL('../../../nodes/locales/en-US/webrtc-session.json', import.meta.url), 'utf8'),
);

/** As i18next does: a dotted path, then Node-RED’s __placeholders__. */
function english(id: string, parameters: Record<string, string | number> = {}): string {
  let entry: unknown = CATALOGUE;
  for (const key of id.split('.')) entry = Object.entries(entry ?? {}).find(([name]) => name === key)?.[1] as unknown;
  if (typeof entry !== 'string') throw new Error(`${id} is not in the catalogue`);
  return entry.replace(/__(\w+?)__/g, (_, name: string) => String(parameters[name]));
}

describe('badge', () => {
  const looks: [SessionPhase, string][] = [
    ['not_started', 'grey ring not started'],
    ['connecting', 'yellow ring connecting'],
    ['warming_up', 'yellow ring warming up'],
    ['live', 'green dot live'],
    ['uploading', 'blue dot uploading'],
    ['processing', 'blue dot processing'],
    ['reconnecting', 'yellow dot reconnecting 3'],
    ['complete', 'grey dot complete'],
    ['failed', 'red ring failed'],
    ['closed', 'grey ring stopped'],
  ];
  it.each(looks)('shows %s as %s', (phase, expected) => {
    const { fill, shape, text } = badge(phaseEvent({ phase, attempt: 3 }), english);
    expect(`${fill} ${shape} ${text}`).toBe(expected);
  });

  it('shows the measured rate of a live stream', () => {
    expect(badge(phaseEvent({ fps: 9.96 }), english).text).toBe('live, 10.0 fps');
  });

  it('shows how far an upload is', () => {
    expect(badge(phaseEvent({ phase: 'uploading', percent: 41.9 }), english).text).toBe('uploading 41 %');
    expect(badge(phaseEvent({ phase: 'processing', percent: 100 }), english).text).toBe('processing 100 %');
  });

  it.each(Object.keys(CODES))('has a short reason of its own for %s', (code) => {
    const error = { code: code as SessionErrorCode, message: 'long', retry: false };
    const { text } = badge(phaseEvent({ phase: 'failed', error }), english);
    const full = english(`webrtc-session.status.reason.${code}`);
    expect(text).toBe(full);
    expect(full.length).toBeLessThan(20);
  });

  it('never shows 20 characters or more, whatever the translation', () => {
    expect(badge(phaseEvent(), () => 'a text that is much too long for a status').text).toHaveLength(19);
  });
});

describe('combinedBadge', () => {
  it('is the badge of the only stream', () => {
    expect(combinedBadge([phaseEvent({ fps: 10 })], english).text).toBe('live, 10.0 fps');
  });

  it('says that there is no stream', () => {
    expect(combinedBadge([], english)).toEqual({ fill: 'grey', shape: 'ring', text: 'no stream' });
  });

  it('counts the live ones among several, and is green when all are', () => {
    const live = phaseEvent();
    const waiting = phaseEvent({ phase: 'connecting' });
    expect(combinedBadge([live, waiting], english)).toEqual({ fill: 'yellow', shape: 'ring', text: '1 of 2 live' });
    expect(combinedBadge([live, live], english)).toEqual({ fill: 'green', shape: 'dot', text: '2 of 2 live' });
  });
});
