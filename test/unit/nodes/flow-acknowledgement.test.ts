import { describe, expect, it } from 'vitest';
import { ConfigReader } from '../../../nodes/runtime/config-reader';
import { FlowAcknowledgement, parseAcknowledgement } from '../../../nodes/runtime/flow-acknowledgement';
import type { SessionError } from '../../../src/index';
import { ManualClock } from '../transport/manual-clock';
import { phaseEvent } from './events';

function bench(release = false) {
  const clock = new ManualClock();
  const failures: SessionError[] = [];
  let ids = 0;
  const acknowledgement = new FlowAcknowledgement({
    ...{ type: 'on-data', clock, settings: { kind: 'returned', limitMs: 10_000, release } },
    newId: () => `id${(ids += 1)}`,
    fail: (error) => failures.push(error),
  });
  const done: string[] = [];
  const send = (stream = 'door') => {
    let sent = '';
    void acknowledgement.send(stream, true, (id) => (sent = id))?.then(() => done.push(sent));
    return sent;
  };
  return { clock, failures, acknowledgement, done, send };
}

/** Promises of the other side are settled by then. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('FlowAcknowledgement', () => {
  it('is done with a frame when its message comes back, in any order, and takes it back twice', async () => {
    const { acknowledgement, done, send, clock } = bench();
    const [first, second] = [send(), send()];
    acknowledgement.takeBack({ _msgid: second });
    acknowledgement.takeBack({ _msgid: second });
    await turn();
    expect(done).toEqual([second]);
    acknowledgement.takeBack({ _msgid: first });
    await turn();
    expect(done).toEqual([second, first]);
    expect([acknowledgement.counts, clock.pending]).toEqual([{ waiting: 0, overdue: 0 }, 0]);
  });

  it('refuses a message that it did not send', () => {
    const { acknowledgement, send } = bench();
    send();
    expect(() => acknowledgement.takeBack({ _msgid: 'other' })).toThrow('not one that this on-data sent');
    expect(() => acknowledgement.takeBack({})).toThrow('msg._msgid');
  });

  it('takes any message where nobody waits for them, and waits for none', () => {
    const { acknowledgement, clock } = bench();
    expect(acknowledgement.send('door', false, () => undefined)).toBeUndefined();
    acknowledgement.takeBack({ _msgid: 'whatever' });
    expect([acknowledgement.counts.waiting, clock.pending]).toEqual([0, 0]);
  });

  it('warns of a message that is overdue and waits on for it', async () => {
    const { acknowledgement, clock, done, failures, send } = bench();
    const id = send();
    clock.advance(10_000);
    await turn();
    expect(failures.map(({ code }) => code)).toEqual(['NOT_ACKNOWLEDGED']);
    expect(failures[0]?.message).toContain('within 10 s');
    expect(done).toEqual([]);
    acknowledgement.takeBack({ _msgid: id });
    await turn();
    expect(done).toEqual([id]);
  });

  it('takes an overdue message for done where that is wanted', async () => {
    const { clock, done, failures, send } = bench(true);
    const id = send();
    clock.advance(10_000);
    await turn();
    expect([done, failures.length]).toEqual([[id], 1]);
  });

  it('warns at most once a minute, with how many there were', () => {
    const { clock, failures, send } = bench(true);
    for (let message = 0; message < 8; message += 1) {
      send();
      clock.advance(10_000);
    }
    expect(failures).toHaveLength(2);
    expect(failures[1]?.details).toMatchObject({ overdue: 6 });
  });

  it.each(['complete', 'failed', 'closed', 'connecting'] as const)(
    'lets go at the end of a stream: %s',
    async (phase) => {
      const { acknowledgement, clock, done, failures, send } = bench();
      const id = send('door');
      send('yard');
      acknowledgement.phase(phaseEvent({ phase: 'processing' }), 'door');
      acknowledgement.phase(phaseEvent({ phase }), 'door');
      await turn();
      expect(done).toEqual([id]);
      acknowledgement.takeBack({ _msgid: id });
      acknowledgement.close();
      clock.advance(60_000);
      await turn();
      expect([done.length, failures]).toEqual([2, []]);
    },
  );

  it('is done with a message that cannot be sent', () => {
    const { acknowledgement, clock } = bench();
    const send = () => {
      throw new Error('no');
    };
    expect(() => acknowledgement.send('door', true, send)).toThrow('no');
    expect([acknowledgement.counts.waiting, clock.pending]).toEqual([0, 0]);
  });
});

describe('parseAcknowledgement', () => {
  const parse = (fields: object) => parseAcknowledgement(new ConfigReader(fields, 'on-data'));

  it('is at once in nodes of before it existed', () => {
    expect(parse({})).toEqual({ kind: 'at-once' });
  });

  it('reads limit and what happens then', () => {
    expect(parse({ acknowledge: 'returned' })).toEqual({ kind: 'returned', limitMs: 30_000, release: false });
    const all = { acknowledge: 'returned', ackSeconds: '5', ackOverdue: 'release' };
    expect(parse(all)).toEqual({ kind: 'returned', limitMs: 5_000, release: true });
    expect(() => parse({ ...all, ackSeconds: '0' })).toThrow('ackSeconds');
  });
});
