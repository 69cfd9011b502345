/** Every code in every phase: whether the session comes back, when, and that the documentation says the same. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SessionErrorCode } from '../../../src/errors';
import type { SessionPhase } from '../../../src/session/events';
import { initialState, reduce } from '../../../src/session/state';
import type { SessionSetup, SessionState, StateEvent } from '../../../src/session/state';

/** `-`: never ends a session. `both`: its error says which. */
const RETRIED = {
  INVALID_OPTION: 'no',
  TEMPLATE_UNRESOLVED: 'no',
  FFMPEG_NOT_FOUND: 'no',
  FFMPEG_FAILED: 'yes',
  SOURCE_UNREACHABLE: 'yes',
  SOURCE_UNAUTHORIZED: 'no',
  SOURCE_FILE_UNREADABLE: 'no',
  SOURCE_UNSUPPORTED: 'no',
  SOURCE_STALLED: 'yes',
  SERVER_UNREACHABLE: 'yes',
  SERVER_TIMEOUT: 'yes',
  SERVER_BUSY: 'yes',
  SERVER_ERROR: 'yes',
  SERVER_ANSWER_INVALID: 'no',
  ROUTE_MISSING: 'no',
  API_KEY_REJECTED: 'no',
  API_KEY_FORBIDDEN: 'no',
  CREDITS_EXCEEDED: 'no',
  QUOTA_EXCEEDED: 'yes',
  WORKFLOW_NOT_FOUND: 'no',
  WORKFLOW_INVALID: 'no',
  OUTPUT_UNKNOWN: 'no',
  REQUEST_REFUSED: 'no',
  TURN_FAILED: 'both',
  NO_LOCAL_ADDRESS: 'yes',
  CONNECT_TIMEOUT: 'yes',
  CONNECTION_LOST: 'yes',
  STALLED: 'yes',
  SESSION_TIME_LIMIT: 'yes',
  MESSAGE_MALFORMED: '-',
  UPLOAD_FAILED: 'no',
  WORKER_FAILED: 'yes',
  WAIT_TIMEOUT: '-',
  SESSION_CLOSED: '-',
  WORKFLOW_FAILED: '-',
  HANDLER_FAILED: '-',
  INTERNAL: 'no',
} as const satisfies Partial<Record<SessionErrorCode, 'yes' | 'no' | 'both' | '-'>>;

type Listed = keyof typeof RETRIED;

const CODES = Object.keys(RETRIED) as Listed[];
const ENDING = CODES.filter((code) => RETRIED[code] !== '-');

const setup: SessionSetup = {
  upload: false,
  pulled: false,
  videoTrack: true,
  recovery: { enabled: true, baseDelayMs: 1_000, maxDelayMs: 60_000 },
};

const open = { source: 'open', link: 'connected' } as const;
const STATES = {
  connecting: { ...open, link: 'connecting' },
  warming_up: open,
  live: open,
  uploading: open,
  processing: open,
  reconnecting: { ...open, link: 'connecting', failedAttempts: 1 },
} satisfies Partial<Record<SessionPhase, Partial<SessionState>>>;
type Phase = keyof typeof STATES;
const PHASES = Object.keys(STATES) as Phase[];

function after(kind: 'link-lost' | 'source-ended', error: { code: Listed; retry: boolean }, phase: Phase) {
  const upload = phase === 'uploading' || phase === 'processing';
  const state: SessionState = { ...initialState, ...STATES[phase], phase };
  const event: StateEvent = { kind, error: { ...error, message: 'why' } };
  return reduce({ ...setup, upload }, state, { ...event, random: 0 });
}

describe.each(PHASES)('a link that is lost while %s', (phase) => {
  const isFile = phase === 'uploading' || phase === 'processing';
  it.each(ENDING.flatMap((code) => retriesOf(code).map((retry) => [code, retry] as const)))(
    '%s (retry: %s)',
    (code, retry) => {
      const { state, effects } = after('link-lost', { code, retry }, phase);
      // A file that has begun to travel would be processed twice.
      const comesBack = retry && !isFile;
      expect(state).toMatchObject({ phase: comesBack ? 'reconnecting' : 'failed', error: { code } });
      if (!comesBack) return expect(effects.at(-1)).toMatchObject({ kind: 'finish', outcome: 'failed' });
      const failed = state.failedAttempts - 1;
      expect(failed).toBe(phase === 'reconnecting' ? 1 : 0);
      expect(effects).toEqual([{ kind: 'close-link' }, { kind: 'schedule-retry', delayMs: pauseOf(code, failed) }]);
    },
  );
});

describe.each(['connecting', 'live', 'reconnecting'] as const)('a source that fails while %s', (phase) => {
  it.each(ENDING.flatMap((code) => retriesOf(code).map((retry) => [code, retry] as const)))(
    '%s (retry: %s)',
    (code, retry) => {
      const { state, effects } = after('source-ended', { code, retry }, phase);
      expect(state).toMatchObject({ phase: retry ? 'reconnecting' : 'failed', source: 'closed', error: { code } });
      expect(effects.map(({ kind }) => kind)).toEqual(
        retry ? ['close-link', 'close-source', 'schedule-retry'] : ['close-link', 'close-source', 'finish'],
      );
    },
  );
});

it('the documentation says the same of each code', () => {
  const page = readFileSync(path.resolve(import.meta.dirname, '../../../docs/errors.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` +\|[^|]*\| ([^|]*?) *\|/gm)];
  const said = new Map(rows.map(([, code = '', retried = '']) => [code, retried]));
  for (const code of CODES) {
    const expected = RETRIED[code] === 'both' ? 'yes' : RETRIED[code];
    expect([code, said.get(code)?.split(/[,:]/)[0]]).toEqual([code, expected]);
  }
});

function retriesOf(code: Listed): boolean[] {
  if (RETRIED[code] === 'both') return [true, false];
  return [RETRIED[code] === 'yes'];
}

/** Without luck (`random` 0). */
function pauseOf(code: Listed, failed: number): number {
  if (code === 'QUOTA_EXCEEDED') return 60_000;
  return code === 'SESSION_TIME_LIMIT' && failed === 0 ? 100 : 250;
}
