/** What messages make of a running stream: other outputs, a restart, its state; each message ends in done or an error. */
import type { NodeMessage } from 'node-red';
import { describe, expect, it } from 'vitest';
import { isRecord } from '../../src/json';
import { demoFlow, getNode, inbox, load, onData, serveFlows } from './test-helper';

serveFlows();

const COMPLETE = [
  { id: 'complete', type: 'complete', z: 'tab', scope: ['stream'], wires: [['done']] },
  { id: 'done', type: 'inbox', z: 'tab', wires: [] },
];
const send = (message: NodeMessage): void => getNode('stream').receive(message);
const marked = (mark: string) => (message: NodeMessage) => message['mark'] === mark;
const reasonOf = ({ error }: NodeMessage) => (isRecord(error) ? [error['code'], error['message']] : []);

describe('messages to a stream', () => {
  it('change its outputs, tell its state, restart it, and say what cannot be', async () => {
    const listeners = [...onData('data', ['motion', 'alarm']), ...COMPLETE];
    await load(
      demoFlow({ width: 320, height: 180, start: 'message' }, listeners, { data: 'hand', dataOutputs: 'motion' }),
    );
    const [errors, done, motion, alarm] = ['errors', 'done', 'data-0', 'data-1'].map(inbox);
    if (errors === undefined || done === undefined) throw new Error('no inboxes');

    send({ action: 'status', mark: 'idle' });
    const idle = await inbox('states').first(marked('idle'));
    expect(idle).toMatchObject({ topic: 'state', stream: 'door', payload: { state: 'not_started' } });
    expect(idle.payload).not.toHaveProperty('outputs');
    await done.first(marked('idle'));
    send({ action: 'reconfigure', payload: { data_output: 'alarm' }, mark: 'early' });
    expect(reasonOf(await errors.first(marked('early')))).toEqual([
      'INVALID_OPTION',
      expect.stringMatching(/does not run/),
    ]);

    // Restarting a stream that does not run starts it.
    send({ action: 'restart', mark: 'restart' });
    await done.first(marked('restart'));
    await motion?.first();
    send({ action: 'reconfigure', payload: { data_output: 'alarm' }, mark: 'change' });
    await done.first(marked('change'));
    await alarm?.first();
    send({ action: 'status', mark: 'running' });
    expect(await inbox('states').first(marked('running'))).toMatchObject({
      payload: { state: 'live', outputs: { stream_output: [], data_output: ['alarm'] } },
    });

    send({ action: 'reconfigure', payload: { data_output: ['cuont'] }, mark: 'unknown' });
    expect(reasonOf(await errors.first(marked('unknown')))).toEqual([
      'OUTPUT_UNKNOWN',
      'The workflow has no output “cuont”. It offers: predictions, motion, alarm, image.',
    ]);
    send({ action: 'reconfigure', payload: { stream_output: 'image' }, mark: 'no video' });
    expect(reasonOf(await errors.first(marked('no video')))).toEqual([
      'INVALID_OPTION',
      expect.stringMatching(/no video/),
    ]);
    send({ action: 'reconfigure', payload: { outputs: 'image' }, mark: 'wrong' });
    expect(reasonOf(await errors.first(marked('wrong')))).toEqual([
      'INVALID_OPTION',
      expect.stringMatching(/"outputs"/),
    ]);

    const before = motion?.messages.length ?? 0;
    send({ action: 'restart', mark: 'anew' });
    await done.first(marked('anew'));
    await motion?.count(before + 2);
    expect(done.messages.map(({ mark }) => mark)).toEqual(['idle', 'restart', 'change', 'running', 'anew']);
  });

  it('that would start what cannot start come back as its error', async () => {
    await load(demoFlow({ start: 'message' }, COMPLETE, { ffmpegPath: '/no/such/ffmpeg' }));
    for (const action of ['start', 'restart']) {
      send({ action, mark: action });
      expect(reasonOf(await inbox('errors').first(marked(action)))[0]).toBe('FFMPEG_NOT_FOUND');
    }
    send({ action: 'status', mark: 'failed' });
    expect(await inbox('states').first(marked('failed'))).toMatchObject({
      payload: { state: 'failed', code: 'FFMPEG_NOT_FOUND' },
    });
    expect((await inbox('done').first())['mark']).toBe('failed');
  });
});
