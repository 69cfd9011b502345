import { describe, expect, it } from 'vitest';
import type { NodeMessage } from 'node-red';
import { StreamReporter } from '../../../nodes/runtime/stream-reporter';
import { SessionError } from '../../../src/index';
import type { IntervalStats, SessionErrorData, SessionFacts } from '../../../src/index';
import { phaseEvent, statsEvent } from './events';

function bench() {
  const sent: NodeMessage[] = [];
  const errors: { code: string; message: NodeMessage; cause: unknown }[] = [];
  const badges: string[] = [];
  let now = 0;
  const reporter = new StreamReporter({
    stream: 'door',
    badge: (event) => ({ fill: 'grey', shape: 'dot', text: `${event.phase} ${event.fps ?? ''}` }),
    status: (badge) => badges.push(badge.text),
    send: (message) => sent.push(message),
    error: (error, message) => errors.push({ code: error.code, message, cause: error.cause }),
    nowMs: () => now,
  });
  return { reporter, sent, errors, badges, wait: (ms: number) => (now += ms) };
}

const states = (sent: NodeMessage[]) => sent.map((message) => (message.payload as { state: string }).state);
const unreachable: SessionErrorData = { code: 'SERVER_UNREACHABLE', message: 'No answer.', retry: true };

describe('StreamReporter', () => {
  it('sends a message a change of state and shows every change of rate', () => {
    const { reporter, sent, badges } = bench();
    reporter.phase(phaseEvent({ phase: 'connecting' }), false);
    reporter.phase(phaseEvent({ fps: 9 }), false);
    reporter.phase(phaseEvent({ fps: 10 }), false);
    expect(states(sent)).toEqual(['connecting', 'live']);
    expect(badges).toEqual(['connecting ', 'live 9', 'live 10']);
    expect(sent[1]).toMatchObject({ topic: 'state', stream: 'door', payload: { previous: 'warming_up', code: null } });
  });

  it('sends an upload by whole percents', () => {
    const { reporter, sent } = bench();
    for (const percent of [0, 0.5, 1, 1.2, 2]) reporter.phase(phaseEvent({ phase: 'uploading', percent }), false);
    expect(sent).toHaveLength(3);
  });

  it('reports an outage once, not once a try, and again after it was live', () => {
    const { reporter, sent, errors } = bench();
    const lost = (attempt: number) =>
      phaseEvent({ phase: 'reconnecting', attempt, error: unreachable, retryInMs: 1000 });
    reporter.phase(lost(1), false);
    reporter.phase(lost(2), false);
    reporter.phase(phaseEvent(), false);
    reporter.phase(lost(1), false);
    expect(errors.map((error) => error.code)).toEqual(['SERVER_UNREACHABLE', 'SERVER_UNREACHABLE']);
    expect(errors[0]?.message).toEqual({
      topic: 'error',
      stream: 'door',
      payload: { state: 'reconnecting', code: 'SERVER_UNREACHABLE', retry: true },
    });
    expect(sent.map((message) => message.payload)).toMatchObject([
      { state: 'reconnecting', attempt: 1, retryInMs: 1000, code: 'SERVER_UNREACHABLE', reason: 'No answer.' },
      { state: 'reconnecting', attempt: 2 },
      { state: 'live' },
      { state: 'reconnecting', attempt: 1 },
    ]);
  });

  it('reports another cause of the same outage, and the end of trying', () => {
    const { reporter, errors } = bench();
    reporter.phase(phaseEvent({ phase: 'reconnecting', attempt: 1, error: unreachable }), false);
    reporter.phase(
      phaseEvent({ phase: 'reconnecting', attempt: 2, error: { ...unreachable, code: 'STALLED' } }),
      false,
    );
    reporter.phase(phaseEvent({ phase: 'failed', error: { ...unreachable, code: 'STALLED' } }), false);
    expect(errors.map((error) => error.code)).toEqual(['SERVER_UNREACHABLE', 'STALLED', 'STALLED']);
  });

  it('leaves an error to whoever asked for the start', () => {
    const { reporter, errors, sent } = bench();
    reporter.phase(phaseEvent({ phase: 'failed', error: unreachable }), true);
    expect([errors.length, states(sent)]).toEqual([0, ['failed']]);
  });

  it('repeats a warning of the same kind only after a pause, and says how many it kept back', () => {
    const { reporter, errors, wait } = bench();
    const bad = new SessionError('MESSAGE_MALFORMED', 'Not JSON.');
    for (let count = 0; count < 100; count += 1) reporter.warning(bad);
    reporter.warning(new SessionError('HANDLER_FAILED', 'Other.'));
    wait(60_000);
    reporter.warning(bad);
    expect(errors.map((error) => error.code)).toEqual(['MESSAGE_MALFORMED', 'HANDLER_FAILED', 'MESSAGE_MALFORMED']);
    expect(errors.map((error) => error.cause)).toMatchObject([{}, {}, { details: { suppressed: 99 } }]);
  });

  it('tells the facts of the session with each state, and a camera that is encoded from now on', () => {
    const { reporter, sent } = bench();
    const session: SessionFacts = {
      ...{ serverVersion: '1.5.0', codec: 'h264', path: 'copied', reason: null, terminationReason: null },
      ice: { local: 'host', remote: 'host', protocol: 'udp' },
    };
    reporter.phase(phaseEvent({ session }), false);
    reporter.phase(phaseEvent({ session, fps: 9 }), false);
    const encoded: SessionFacts = { ...session, codec: 'vp8', path: 'encoded', reason: 'B-frames' };
    reporter.phase(phaseEvent({ previous: 'live', session: encoded }), false);
    expect(sent.map(({ payload }) => payload)).toMatchObject([
      { state: 'live', session },
      { state: 'live', session: encoded },
    ]);
  });

  it('sends what was measured in an interval, and keeps the last of it for status', () => {
    const { reporter, sent } = bench();
    const interval: IntervalStats = {
      ...{ at: 1_700_000_000_000, intervalMs: 5_000, fps: 8, packetsLost: 0, roundTripMs: 1, childrenCpuPercent: 30 },
      frames: { read: 50, sent: 50, answered: 40, pictures: 40, delivered: 40 },
      dropped: { source: 0, connection: 0, server: 10, decoder: 0, pictures: 0, data: 0 },
      bitrate: { sentBps: 1, receivedBps: 2 },
      waiting: { decoding: 0, pairing: 0, pictures: 0, data: 0 },
      latencyMs: { data: { p50: 80, p95: 120 }, pictures: null },
    };
    reporter.stats(statsEvent());
    expect(sent).toEqual([]);
    reporter.stats(statsEvent({ interval }));
    reporter.stats(statsEvent({ framesRead: 10 }));
    expect(sent).toEqual([{ topic: 'stats', stream: 'door', payload: interval }]);
    expect(reporter.statusMessage()).toMatchObject({ payload: { stats: { framesRead: 10, interval: { fps: 8 } } } });
  });

  it('answers status before anything has happened', () => {
    expect(bench().reporter.statusMessage()).toMatchObject({ stream: 'door', payload: { state: 'not_started' } });
  });
});
