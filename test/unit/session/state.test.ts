import { describe, expect, it } from 'vitest';
import type { SessionErrorData } from '../../../src/errors';
import { initialState, reduce } from '../../../src/session/state';
import type { Effect, SessionSetup, SessionState, StateEvent } from '../../../src/session/state';

const live: SessionSetup = {
  upload: false,
  pulled: false,
  videoTrack: false,
  recovery: { enabled: true, baseDelayMs: 1_000, maxDelayMs: 60_000 },
};
const upload: SessionSetup = { ...live, upload: true };
const transient: SessionErrorData = { code: 'CONNECTION_LOST', message: 'gone', retry: true };
const permanent: SessionErrorData = { code: 'API_KEY_REJECTED', message: 'wrong key', retry: false };

/** Plays events from the start; the last transition's effects are what a test looks at. */
function play(setup: SessionSetup, events: StateEvent[]): { state: SessionState; effects: Effect[] } {
  let state = initialState;
  let effects: Effect[] = [];
  for (const event of events) ({ state, effects } = reduce(setup, state, { ...event, random: 0.5 }));
  return { state, effects };
}

const toLive: StateEvent[] = [
  { kind: 'start' },
  { kind: 'source-opened' },
  { kind: 'link-connected' },
  { kind: 'result' },
];
const finished = (outcome: string, terminationReason: string | null = null): unknown => [
  { kind: 'close-link' },
  { kind: 'close-source' },
  { kind: 'finish', outcome, terminationReason },
];

describe('the way to live', () => {
  it('opens the source before it costs the server anything', () => {
    expect(play(live, [{ kind: 'start' }]).effects).toEqual([{ kind: 'open-source' }]);
    expect(play(live, [{ kind: 'start' }, { kind: 'source-opened' }]).effects).toEqual([{ kind: 'connect' }]);
  });

  it('is warming up until the first result, then live', () => {
    expect(play(live, toLive.slice(0, 3)).state.phase).toBe('warming_up');
    expect(play(live, toLive).state.phase).toBe('live');
  });

  it('starts once however often it is asked', () => {
    expect(play(live, [{ kind: 'start' }, { kind: 'start' }]).effects).toEqual([]);
  });
});

describe('what breaks while the machine sleeps', () => {
  const lost: StateEvent = { kind: 'link-lost', error: transient, sleptMs: 60_000 };

  it('comes back at once and counts as no failed try', () => {
    const { state, effects } = play(live, [...toLive, lost]);
    expect(state).toMatchObject({ phase: 'reconnecting', failedAttempts: 0, retryInMs: 100 });
    expect(effects.at(-1)).toEqual({ kind: 'schedule-retry', delayMs: 100 });
  });

  it('is opened anew where it is the camera', () => {
    const error: SessionErrorData = { code: 'SOURCE_STALLED', message: 'no picture', retry: true };
    const { state } = play(live, [...toLive, { kind: 'source-ended', error, sleptMs: 60_000 }]);
    expect(state).toMatchObject({ phase: 'reconnecting', source: 'closed', failedAttempts: 0, retryInMs: 100 });
  });

  it('leaves the tries that had failed before as they are, and the next failure counts on', () => {
    const again: StateEvent[] = [...toLive, { kind: 'link-lost', error: transient }, { kind: 'retry-due' }, lost];
    expect(play(live, again).state.failedAttempts).toBe(1);
    const failed: StateEvent[] = [...again, { kind: 'retry-due' }, { kind: 'link-lost', error: transient }];
    expect(play(live, failed).state.failedAttempts).toBe(2);
  });

  it('does not send half a file again, nor mend a wrong key', () => {
    const uploading: StateEvent[] = [...toLive.slice(0, 3), { kind: 'progress', phase: 'uploading', percent: 50 }];
    expect(play(upload, [...uploading, lost]).state.phase).toBe('failed');
    expect(play(live, [...toLive, { ...lost, error: permanent }]).state.phase).toBe('failed');
  });
});

describe('why the server ended a session', () => {
  it('is kept until the next one is up', () => {
    const limit: StateEvent = { kind: 'completed', terminationReason: 'timeout_reached' };
    expect(play(live, [...toLive, limit]).state.terminationReason).toBe('timeout_reached');
    const again: StateEvent[] = [...toLive, limit, { kind: 'retry-due' }, { kind: 'link-connected' }];
    expect(play(live, again).state.terminationReason).toBeNull();
  });
});

describe('a lost connection', () => {
  it('keeps the source open and comes back after a pause', () => {
    const lost = play(live, [...toLive, { kind: 'link-lost', error: transient }]);
    expect(lost.state).toMatchObject({ phase: 'reconnecting', source: 'open', link: 'none', failedAttempts: 1 });
    expect(lost.effects).toEqual([{ kind: 'close-link' }, { kind: 'schedule-retry', delayMs: 500 }]);
    const again = play(live, [...toLive, { kind: 'link-lost', error: transient }, { kind: 'retry-due' }]);
    expect(again.effects).toEqual([{ kind: 'connect' }]);
  });

  it('counts tries until a result comes, not until a connection comes', () => {
    const cycle: StateEvent[] = [
      { kind: 'link-lost', error: transient },
      { kind: 'retry-due' },
      { kind: 'link-connected' },
    ];
    expect(play(live, [...toLive, ...cycle, ...cycle]).state.failedAttempts).toBe(2);
    expect(play(live, [...toLive, ...cycle, { kind: 'result' }]).state.failedAttempts).toBe(0);
  });

  it('ends the session when trying again cannot help', () => {
    const { state, effects } = play(live, [...toLive.slice(0, 2), { kind: 'link-lost', error: permanent }]);
    expect(state).toMatchObject({ phase: 'failed', error: permanent });
    expect(effects).toEqual(finished('failed'));
  });

  it('takes what is no answer of an inference server for passing, once there have been results', () => {
    for (const code of ['SERVER_ANSWER_INVALID', 'ROUTE_MISSING'] as const) {
      const error: SessionErrorData = { code, message: 'a web page', retry: false };
      expect(play(live, [...toLive.slice(0, 2), { kind: 'link-lost', error }]).state.phase).toBe('failed');
      const again: StateEvent[] = [...toLive, { kind: 'link-lost', error: transient }, { kind: 'retry-due' }];
      const { state } = play(live, [...again, { kind: 'link-lost', error }]);
      expect(state).toMatchObject({ phase: 'reconnecting', failedAttempts: 2, error: { code, retry: true } });
    }
  });

  it('says so when the next try is far away', () => {
    const error: SessionErrorData = { code: 'SERVER_ERROR', message: 'It failed.', retry: true };
    const tries: StateEvent[] = [1, 2, 3, 4, 5, 6].flatMap(() => [{ kind: 'link-lost', error }, { kind: 'retry-due' }]);
    const { state } = play(live, [...toLive, ...tries.slice(0, -1)]);
    expect(state).toMatchObject({ phase: 'reconnecting', failedAttempts: 6, retryInMs: 300_500 });
    expect(state.error?.message).toBe('It failed. It has failed several times in a row: the next try is in 5 minutes.');
  });

  it('is not told twice', () => {
    const lost: StateEvent = { kind: 'link-lost', error: transient };
    expect(play(live, [...toLive, lost, lost]).effects).toEqual([]);
  });
});

describe('what is shown', () => {
  it('holds no percentage and no reason of a try that is over', () => {
    const refused: StateEvent[] = [...toLive.slice(0, 2), { kind: 'link-lost', error: transient }];
    const again: StateEvent[] = [...refused, { kind: 'retry-due' }, { kind: 'link-connected' }];
    expect(play(upload, refused).state).toMatchObject({ percent: null, error: transient });
    expect(play(upload, again).state.error).toBeNull();
    const uploading: StateEvent = { kind: 'progress', phase: 'uploading', percent: 40 };
    expect(play(upload, [...again, uploading]).state).toMatchObject({ percent: 40, error: null });
    for (const last of [{ kind: 'stop' }, { kind: 'link-lost', error: transient }] as const) {
      expect(play(upload, [...again, uploading, last]).state.percent).toBeNull();
    }
  });
});

describe('a lost camera', () => {
  it('closes link and source and opens the source again first', () => {
    const lost = play(live, [...toLive, { kind: 'source-ended', error: transient }]);
    expect(lost.effects.map(({ kind }) => kind)).toEqual(['close-link', 'close-source', 'schedule-retry']);
    const again = play(live, [...toLive, { kind: 'source-ended', error: transient }, { kind: 'retry-due' }]);
    expect(again.effects).toEqual([{ kind: 'open-source' }]);
  });

  it('that is absent from the start is tried again too', () => {
    const { state } = play(live, [{ kind: 'start' }, { kind: 'source-ended', error: transient }]);
    expect(state).toMatchObject({ phase: 'reconnecting', source: 'closed' });
  });
});

describe('a normal end', () => {
  it('of a live source waits for the last results', () => {
    const ended = play(live, [...toLive, { kind: 'source-ended', error: null }]);
    expect(ended.effects).toEqual([{ kind: 'drain' }]);
    expect(ended.state.phase).toBe('live');
    const drained = play(live, [...toLive, { kind: 'source-ended', error: null }, { kind: 'drained' }]);
    expect(drained.effects).toEqual(finished('complete'));
  });

  it('of a live source is complete even if the server leaves while draining', () => {
    const { state } = play(live, [
      ...toLive,
      { kind: 'source-ended', error: null },
      { kind: 'link-lost', error: transient },
    ]);
    expect(state.phase).toBe('complete');
  });

  it('of a file comes with the completion message', () => {
    const { state, effects } = play(upload, [
      ...toLive.slice(0, 3),
      { kind: 'progress', phase: 'uploading', percent: 100 },
      { kind: 'progress', phase: 'processing', percent: null },
      { kind: 'result' },
      { kind: 'completed', terminationReason: null },
    ]);
    expect(state.phase).toBe('complete');
    expect(effects).toEqual(finished('complete'));
  });

  it('of a file whose pictures come on a track waits for the last of them', () => {
    const done: StateEvent[] = [...toLive.slice(0, 3), { kind: 'completed', terminationReason: null }];
    const setup = { ...upload, videoTrack: true };
    expect(play(setup, done).effects).toEqual([{ kind: 'drain' }]);
    expect(play(setup, [...done, { kind: 'drained' }]).effects).toEqual(finished('complete'));
  });
});

describe('a file that ends while nobody watches', () => {
  it('fails with the reason why nobody could', () => {
    const lost: StateEvent[] = [...toLive, { kind: 'link-lost', error: transient }];
    const { state } = play(live, [...lost, { kind: 'source-ended', error: null }]);
    expect(state).toMatchObject({ phase: 'failed', error: transient });
    const early = play(live, [...toLive.slice(0, 2), { kind: 'source-ended', error: null }]);
    expect(early.state).toMatchObject({ phase: 'failed', error: { code: 'SOURCE_UNSUPPORTED' } });
  });
});

describe('a completion in the middle of a live stream', () => {
  it('at the time limit starts a fresh session at once', () => {
    const { state, effects } = play(live, [...toLive, { kind: 'completed', terminationReason: 'timeout_reached' }]);
    expect(state).toMatchObject({ phase: 'reconnecting', error: { code: 'SESSION_TIME_LIMIT' } });
    expect(effects).toContainEqual({ kind: 'schedule-retry', delayMs: 100 });
  });

  it('without a reason counts as a loss', () => {
    const { state } = play(live, [...toLive, { kind: 'completed', terminationReason: null }]);
    expect(state).toMatchObject({ phase: 'reconnecting', error: { code: 'CONNECTION_LOST' } });
  });
});

describe('an upload', () => {
  const sending: StateEvent[] = [...toLive.slice(0, 3), { kind: 'progress', phase: 'uploading', percent: 10 }];

  it('that broke off is not sent twice', () => {
    expect(play(upload, [...sending, { kind: 'link-lost', error: transient }]).state.phase).toBe('failed');
  });

  it('that has not begun is tried again', () => {
    const { state } = play(upload, [...toLive.slice(0, 2), { kind: 'link-lost', error: transient }]);
    expect(state.phase).toBe('reconnecting');
  });

  it('cut short by the time limit is a failure, not an end', () => {
    const { state } = play(upload, [...sending, { kind: 'completed', terminationReason: 'timeout_reached' }]);
    expect(state).toMatchObject({ phase: 'failed', error: { code: 'SESSION_TIME_LIMIT' } });
  });
});

describe('a stop', () => {
  it('ends it from any phase, as stopped', () => {
    for (let length = 0; length <= toLive.length; length += 1) {
      const { state, effects } = play(live, [...toLive.slice(0, length), { kind: 'stop' }]);
      expect(state.phase).toBe('closed');
      expect(effects).toEqual(finished('stopped'));
    }
  });

  it('is final: nothing that comes later moves it', () => {
    const late: StateEvent[] = [
      { kind: 'retry-due' },
      { kind: 'link-connected' },
      { kind: 'result' },
      { kind: 'start' },
      { kind: 'stop' },
    ];
    for (const event of late) {
      const { state, effects } = play(live, [...toLive, { kind: 'stop' }, event]);
      expect(state.phase).toBe('closed');
      expect(effects).toEqual([]);
    }
  });
});

describe('a camera that the server opens itself', () => {
  it('is lost when the server says that the video is over, and is tried again', () => {
    const pulled: SessionSetup = { ...live, pulled: true };
    const { state, effects } = play(pulled, [...toLive, { kind: 'completed', terminationReason: null }]);
    expect(state).toMatchObject({ phase: 'reconnecting', source: 'open', error: { code: 'SOURCE_STALLED' } });
    expect(effects).toEqual([{ kind: 'close-link' }, { kind: 'schedule-retry', delayMs: 500 }]);
    const limit = play(pulled, [...toLive, { kind: 'completed', terminationReason: 'timeout_reached' }]);
    expect(limit.state).toMatchObject({ phase: 'reconnecting', error: { code: 'SESSION_TIME_LIMIT' } });
  });
});
