/** A stream whose source comes with its start message, beside one whose source is fixed. Needs ../shared/media. */
import type { NodeMessage } from 'node-red';
import { expect, it } from 'vitest';
import { clip, clipsMissing } from '../integration/source/source-harness';
import { isRecord } from '../../src/json';
import { demoFlow, getNode, inbox, load, onData, serveFlows } from './test-helper';

serveFlows();

const marked = (mark: string) => (message: NodeMessage) => message['mark'] === mark;
const send = (message: NodeMessage, to = 'stream'): void => getNode(to).receive(message);
const failureOf = ({ error }: NodeMessage) => (isRecord(error) ? error : {});

/** Resolves with the number of results so far when the stream has ended. */
async function ended(mark: string): Promise<number> {
  send({ action: 'wait', mark });
  await inbox('states').first(marked(mark), 40_000);
  return inbox('data-0').messages.length;
}

it.skipIf(clipsMissing)(
  'opens what its start message says and then the last again, refuses what it may not open, keeps passwords to itself',
  async () => {
    const fixed = { id: 'fixed', type: 'webrtc-stream', z: 'tab', session: 'session', start: 'message', wires: [[]] };
    await load(demoFlow({ source: 'message', start: 'deploy' }, [fixed, ...onData('data', ['motion'])]));
    const errors = inbox('errors');

    // `start: deploy` has nothing to start.
    const awaits = { fill: 'grey', shape: 'ring', text: expect.stringContaining('awaits') as string };
    // The helper's record of the badges of all nodes.
    expect(getNode('stream')).toHaveProperty('status.args', expect.arrayContaining([[awaits]]));
    send({ action: 'start', mark: 'bare' });
    expect(failureOf(await errors.first(marked('bare')))).toMatchObject({
      code: 'INVALID_OPTION',
      cause: { details: { field: 'source' } },
    });
    send({ action: 'start', source: { kind: 'upload', path: clip('ten-frames.mp4') } });
    expect(await ended('ten')).toBe(10);
    send({ action: 'start', source: { kind: 'upload', path: clip('rotated.mp4') } });
    expect(await ended('thirty')).toBe(40);
    send({ action: 'restart' });
    expect(await ended('again')).toBe(70);

    const password = 'planted_word';
    send({ action: 'restart', source: { kind: 'stream', url: 'concat:a.mp4|b.mp4', password }, mark: 'scheme' });
    const refused = await errors.first(marked('scheme'));
    expect(failureOf(refused)).toMatchObject({ code: 'INVALID_OPTION', cause: { details: { field: 'url' } } });
    const pattern = { kind: 'test-pattern' };
    send({ action: 'start', source: { ...pattern, password }, mark: 'fixed' }, 'fixed');
    expect(failureOf(await errors.first(marked('fixed')))).toMatchObject({
      code: 'INVALID_OPTION',
      cause: { details: { field: 'source' } },
    });
    send({ action: 'start', source: { kind: 'stream', url: 'rtsp://127.0.0.1:9/live', username: 'me', password } });
    await errors.error('SOURCE_UNREACHABLE');
    send({ action: 'status', mark: 'last' });
    await inbox('states').first(marked('last'));
    const heard = [...inbox('states').messages, ...errors.messages].map((message) =>
      JSON.stringify([message, String(message['error'])]),
    );
    expect(heard.filter((text) => text.includes(password))).toEqual([]);
  },
  120_000,
);
