import { afterEach, describe, expect, it } from 'vitest';
import type { DemoFaults } from '../../../src/demo/faults';
import type { SessionOptions } from '../../../src/session/options';
import { clip, demo, demoOptions, library, Witness } from './support';

type Server = Awaited<ReturnType<typeof demo.startDemoServer>>;
const open: Server[] = [];
async function serve(faults: DemoFaults = {}, port?: number): Promise<Server> {
  const server = await demo.startDemoServer(port === undefined ? { faults } : { faults, port });
  open.push(server);
  return server;
}
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

const quick = { recovery: { baseDelayMs: 100, maxDelayMs: 400 } } satisfies Partial<SessionOptions>;

describe('a server that answers with an error', () => {
  it.each([
    ['missing-key', 'API_KEY_REJECTED', false],
    ['unknown-output', 'OUTPUT_UNKNOWN', false],
    ['workflow-syntax', 'WORKFLOW_INVALID', false],
    ['key-rejected', 'API_KEY_REJECTED', false],
    ['credits-worker', 'CREDITS_EXCEEDED', false],
    ['key-forbidden', 'API_KEY_FORBIDDEN', false],
    ['not-found', 'WORKFLOW_NOT_FOUND', false],
    ['no-route', 'ROUTE_MISSING', false],
    ['schema', 'REQUEST_REFUSED', false],
    ['quota', 'QUOTA_EXCEEDED', true],
    ['workflow-error', 'WORKFLOW_INVALID', false],
    ['internal', 'SERVER_ERROR', true],
    ['busy', 'SERVER_BUSY', true],
    ['timeout', 'SERVER_TIMEOUT', true],
  ] as const)(
    '%s ends the session with %s (retry: %s) when no recovery is wanted',
    async (forcedAnswer, code, retry) => {
      const server = await serve({ forcedAnswer });
      const secret = 'rf_planted_key_123';
      const session = new library.WebRTCSession(
        demoOptions(server.url, {
          server: { url: server.url, loopbackOnly: true, apiKey: secret },
          recovery: { enabled: false },
        }),
        // Many sessions in a row: a thread for each would only cost time.
        { thread: 'none' },
      );
      const witness = new Witness(session);
      await expect(session.run()).rejects.toMatchObject({ code, retry });
      expect(JSON.stringify([witness.phases, await witness.ended])).not.toContain(secret);
    },
  );

  it('400 for an output that does not exist, naming those that do', async () => {
    const server = await serve();
    const session = new library.WebRTCSession(demoOptions(server.url, { dataOutput: ['nonsense'] }));
    await expect(session.run()).rejects.toMatchObject({
      code: 'OUTPUT_UNKNOWN',
      message: expect.stringContaining('predictions') as string,
    });
  });

  it('a passing 503 is waited out', async () => {
    const server = await serve({ forcedAnswer: 'busy', forcedAnswerTimes: 1 });
    await using session = new library.WebRTCSession(demoOptions(server.url, quick));
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.data.length > 0);
    expect(witness.phases.some(({ error }) => error?.code === 'SERVER_BUSY')).toBe(true);
  });
});

describe('a server that is away', () => {
  it('at the start is waited for', async () => {
    const first = await serve();
    const port = Number(new URL(first.url).port);
    await first.close();
    await using session = new library.WebRTCSession(demoOptions(first.url, quick));
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.phases.some(({ phase, attempt }) => phase === 'reconnecting' && attempt >= 2));
    await serve({}, port);
    await witness.until(() => witness.phases.at(-1)?.phase === 'live');
  });

  it('for a while is found again on the same open source', async () => {
    const first = await serve();
    const port = Number(new URL(first.url).port);
    await using session = new library.WebRTCSession(demoOptions(first.url, quick));
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.data.length > 5);
    await first.close();
    await witness.until(() => witness.phases.at(-1)?.phase === 'reconnecting');
    await serve({}, port);
    const before = witness.data.length;
    await witness.until(() => witness.data.length > before + 5);
    await witness.until(() => (witness.lastStats?.reconnects ?? 0) >= 1);
  });

  it('fails at once when no recovery is wanted', async () => {
    const session = new library.WebRTCSession(demoOptions('http://127.0.0.1:9', { recovery: { enabled: false } }));
    await expect(session.run()).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
  });
});

describe('a server that falls silent', () => {
  it('is taken for lost after the stall limit', async () => {
    const server = await serve({ stallDataAfter: 10, stallRtpAfter: 10 });
    const recovery = { ...quick.recovery, stallTimeoutMs: 1_500 };
    await using session = new library.WebRTCSession(demoOptions(server.url, { recovery }));
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.phases.some(({ error }) => error?.code === 'STALLED'));
    server.setFaults({});
    const before = witness.data.length;
    await witness.until(() => witness.data.length > before + 12);
    expect(Math.max(...witness.data.slice(before).map(({ metadata }) => metadata.frame_id))).toBeGreaterThan(10);
  });
});

describe('malformed messages', () => {
  it('are warned of and lose nothing else', async () => {
    const server = await serve({
      badGzipFrames: [3],
      malformedJsonFrames: [5],
      textFrames: [6],
      interleavedFrames: [8],
    });
    await using session = new library.WebRTCSession(demoOptions(server.url, { frameFormats: [], streamOutput: [] }));
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.data.length >= 12);
    const ids = witness.data.map(({ metadata }) => metadata.frame_id);
    expect(ids.filter((id) => id <= 9).sort((a, b) => a - b)).toEqual([1, 2, 4, 6, 7, 8, 9]);
    expect(witness.warnings.map(({ code }) => code)).toEqual(['MESSAGE_MALFORMED', 'MESSAGE_MALFORMED']);
  });
});

describe('a source that cannot be used', () => {
  it.each([
    ['a missing file', clip('no-such-file.mp4'), 'SOURCE_FILE_UNREADABLE'],
    ['a camera that is not there', 'rtsp://127.0.0.1:9/cam', 'SOURCE_UNREACHABLE'],
  ])('%s says so', async (_title, url, code) => {
    const server = await serve();
    const source = { kind: 'stream', url } as const;
    const session = new library.WebRTCSession(demoOptions(server.url, { source, recovery: { enabled: false } }));
    await expect(session.run()).rejects.toMatchObject({ code });
  });
});
