import { describe, expect, it } from 'vitest';
import { StreamRunner } from '../../../nodes/runtime/stream-runner';
import type { ManualFrame } from '../../../src/index';
import type { SessionLike } from '../../../nodes/runtime/session-like';
import type { PreparedSession } from '../../../nodes/runtime/running-session';
import { PREVIEW } from '../../../nodes/runtime/wanted-pictures';
import type { WantedOutputs } from '../../../nodes/runtime/wanted-outputs';
import { SessionError } from '../../../src/index';
import type { EndEvent, PhaseEvent, SessionOptions } from '../../../src/index';
import { deferred, phaseEvent } from './events';

/** A session that does what the test says; the real one runs in test/nodes. */
class ScriptedSession implements SessionLike {
  readonly options: SessionOptions;
  readonly log: string[] = [];
  tellPhase: (event: PhaseEvent) => unknown = () => undefined;
  tellEnd: (event: EndEvent) => unknown = () => undefined;

  constructor(options: SessionOptions) {
    this.options = options;
  }
  onFrame(): void {
    // Not needed here.
  }
  onData(): void {
    // Not needed here.
  }
  onStats(): void {
    // Not needed here.
  }
  onRollover(): void {
    // Not needed here.
  }
  onWarning(): void {
    // Not needed here.
  }
  onPhase(handler: (event: PhaseEvent) => unknown): void {
    this.tellPhase = handler;
  }
  onEnd(handler: (event: EndEvent) => unknown): void {
    this.tellEnd = handler;
  }
  start(): void {
    this.log.push('start');
  }
  sendFrame(frame: ManualFrame): void {
    this.log.push(`frame ${frame.data.byteLength}`);
  }

  reconfigure({ streamOutput, dataOutput }: { streamOutput?: string[]; dataOutput?: string[] }): void {
    if (dataOutput?.includes('unknown') === true) throw new SessionError('OUTPUT_UNKNOWN', 'no');
    this.log.push(
      `reconfigure ${[...(dataOutput ?? []), ...(streamOutput ?? []).map((name) => `video ${name}`)].join()}`,
    );
  }
  requestPicture(id: string): void {
    this.log.push(`request ${id}`);
  }
  close(): Promise<void> {
    this.log.push('close');
    return Promise.resolve();
  }
}

const ENDED: EndEvent = { kind: 'end', outcome: 'complete', terminationReason: null, error: null };

function bench() {
  const sessions: ScriptedSession[] = [];
  const phases: string[] = [];
  const messages: unknown[] = [];
  let leases = 0;
  let wanted: WantedOutputs = { streamOutput: [], dataOutput: ['a'], pictures: [] };
  const prepared = (): PreparedSession => {
    leases += 1;
    return {
      options: {
        server: { url: 'http://x' },
        workflow: { kind: 'specification', specification: {} },
        source: { kind: 'test-pattern' },
      },
      release: () => {
        leases -= 1;
        return Promise.resolve();
      },
    };
  };
  const script = { prepare: (): Promise<PreparedSession> => Promise.resolve(prepared()), open: (): void => undefined };
  const runner = new StreamRunner({
    prepare: (message) => {
      messages.push(message);
      return script.prepare();
    },
    open: (options) => {
      script.open();
      const session = new ScriptedSession(options);
      sessions.push(session);
      return session;
    },
    wanted: () => wanted,
    events: {
      phase: (event, reported) => phases.push(`${event.phase}${reported ? '' : '*'}`),
      data: () => undefined,
      awaitsPictures: () => false,
      frame: () => undefined,
      stats: () => undefined,
      rollover: () => undefined,
      warning: () => undefined,
    },
  });
  return {
    runner,
    sessions,
    phases,
    messages,
    script,
    prepared,
    leases: () => leases,
    want: (next: Partial<WantedOutputs>) => (wanted = { ...wanted, ...next }),
  };
}

describe('StreamRunner', () => {
  it('starts once, however often it is asked to', async () => {
    const { runner, sessions, messages } = bench();
    await Promise.all([runner.start({ payload: 1 }), runner.start(), runner.start()]);
    expect(sessions.map((session) => session.log)).toEqual([['start']]);
    expect(sessions[0]?.options.dataOutput).toEqual(['a']);
    expect(messages).toEqual([{ payload: 1 }]);
  });

  it('stops, gives everything back, and can start again', async () => {
    const { runner, sessions, phases, leases } = bench();
    await runner.start();
    await runner.stop();
    await runner.stop();
    expect(leases()).toBe(0);
    await runner.start();
    expect(sessions.map((session) => session.log)).toEqual([['start', 'close'], ['start']]);
    expect(phases).toEqual(['connecting', 'closed', 'connecting']);
  });

  it('starts anew when it is asked to between the last state of a session and its end', async () => {
    const { runner, sessions, leases } = bench();
    await runner.start();
    sessions[0]?.tellPhase(phaseEvent({ phase: 'complete' }));
    await runner.start();
    sessions[0]?.tellEnd(ENDED);
    await runner.settled;
    expect(sessions.map((session) => session.log)).toEqual([['start', 'close'], ['start']]);
    expect(leases()).toBe(1);
  });

  it('fills templates in anew on a restart', async () => {
    const { runner, messages, sessions } = bench();
    await runner.start('first');
    await runner.restart('second');
    expect(messages).toEqual(['first', 'second']);
    expect(sessions).toHaveLength(2);
  });

  it('shows and rejects what keeps it from beginning, and releases what it took', async () => {
    const { runner, script, prepared, phases, leases } = bench();
    script.prepare = () => Promise.reject(new SessionError('TEMPLATE_UNRESOLVED', 'no'));
    await expect(runner.start()).rejects.toMatchObject({ code: 'TEMPLATE_UNRESOLVED' });
    script.prepare = () => Promise.resolve(prepared());
    script.open = () => {
      throw new SessionError('INVALID_OPTION', 'no');
    };
    await expect(runner.start()).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    expect(phases).toEqual(['connecting', 'failed', 'connecting', 'failed']);
    expect(leases()).toBe(0);
    script.open = () => undefined;
    await expect(runner.start()).resolves.toBeUndefined();
  });

  it('reconfigures other fields live and restarts for the first picture', async () => {
    const { runner, sessions, want, leases, messages } = bench();
    await runner.start();
    await runner.refreshOutputs();
    want({ dataOutput: ['b'] });
    await runner.refreshOutputs();
    want({ streamOutput: ['image'], pictures: [PREVIEW] });
    await runner.refreshOutputs();
    expect(sessions.map((session) => session.log)).toEqual([['start', 'reconfigure b', 'close'], ['start']]);
    expect(sessions[1]?.options).toMatchObject({ streamOutput: ['image'], dataOutput: ['b'], pictures: [PREVIEW] });
    expect([leases(), messages.length]).toEqual([1, 1]);
  });

  it('keeps what a message asks for through changes of the wires, until the stream is started anew', async () => {
    const { runner, sessions, want } = bench();
    want({ streamOutput: ['image'], pictures: [PREVIEW] });
    await runner.start();
    await runner.reconfigure({ dataOutput: ['m'] });
    await runner.reconfigure({ streamOutput: ['boxes'] });
    expect(runner.outputs).toMatchObject({ streamOutput: ['boxes'], dataOutput: ['m'] });
    want({ dataOutput: ['b'] });
    await runner.refreshOutputs();
    want({ pictures: [] });
    await runner.refreshOutputs();
    expect(sessions.map(({ log }) => log)).toEqual([
      ['start', 'reconfigure m', 'reconfigure video boxes', 'close'],
      ['start'],
    ]);
    expect(sessions[1]?.options).toMatchObject({
      ...{ streamOutput: ['boxes'], dataOutput: ['m'], pictures: [] },
    });
    want({ streamOutput: [], pictures: [] });
    await runner.refreshOutputs();
    expect(sessions[2]?.options).toMatchObject({ streamOutput: [], dataOutput: ['m'] });
    await runner.restart();
    expect(sessions[3]?.options).toMatchObject({ streamOutput: [], dataOutput: ['b'] });
  });

  it('refuses other outputs where none can be had, and goes on with those it has', async () => {
    const { runner } = bench();
    await expect(runner.reconfigure({ dataOutput: ['m'] })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await runner.start();
    await expect(runner.reconfigure({ dataOutput: ['unknown'] })).rejects.toMatchObject({ code: 'OUTPUT_UNKNOWN' });
    expect(runner.outputs).toMatchObject({ dataOutput: ['a'] });
  });

  it('leaves a stream that is not running alone when the wires change', async () => {
    const { runner, sessions, want } = bench();
    want({ dataOutput: ['b'] });
    await runner.refreshOutputs();
    expect(sessions).toEqual([]);
  });

  it('gives back what a session used that ended by itself, before the next start', async () => {
    const { runner, sessions, leases } = bench();
    await runner.start();
    sessions[0]?.tellEnd(ENDED);
    await runner.start();
    expect(leases()).toBe(1);
    expect(sessions.map((session) => session.log)).toEqual([['start', 'close'], ['start']]);
  });

  it('hears no more of a session that it has let go', async () => {
    const { runner, sessions, phases } = bench();
    await runner.start();
    sessions[0]?.tellPhase(phaseEvent());
    await runner.stop();
    sessions[0]?.tellPhase(phaseEvent({ phase: 'closed' }));
    expect(phases).toEqual(['connecting', 'live*', 'closed']);
  });

  it('closes while a start is still preparing, and leaves nothing behind', async () => {
    const { runner, script, prepared, sessions, leases } = bench();
    const gate = deferred<PreparedSession>();
    script.prepare = () => gate.promise;
    const starting = runner.start();
    await Promise.resolve();
    const closing = runner.close();
    gate.resolve(prepared());
    await Promise.all([starting, closing]);
    expect([sessions.length, leases()]).toEqual([0, 0]);
  });

  it('closes once, and refuses what comes later', async () => {
    const { runner, sessions, leases } = bench();
    await runner.start();
    await Promise.all([runner.close(), runner.close()]);
    expect([sessions[0]?.log, leases()]).toEqual([['start', 'close'], 0]);
    await expect(runner.start()).rejects.toMatchObject({ code: 'SESSION_CLOSED' });
  });

  it('refuses a flood of actions instead of queueing it', async () => {
    const { runner, script } = bench();
    const gate = deferred<PreparedSession>();
    script.prepare = () => gate.promise;
    const actions = Array.from({ length: 12 }, () => runner.restart());
    const outcomes = Promise.allSettled(actions);
    gate.reject(new SessionError('INVALID_OPTION', 'over'));
    const settled = await outcomes;
    const messages = settled.map((outcome) => (outcome.status === 'rejected' ? String(outcome.reason) : 'ok'));
    expect(messages.filter((message) => message.includes('waiting already'))).toHaveLength(4);
  });
});
