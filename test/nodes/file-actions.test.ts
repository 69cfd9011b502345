/** Actions on the upload of a file: waiting for its end, cancelling it. Needs ../shared/media. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { NodeMessage } from 'node-red';
import { describe, expect, it } from 'vitest';
import { demoFlow, getNode, helper, inbox, load, onData, serveFlows } from './test-helper';

const MEDIA = path.resolve(import.meta.dirname, '../../../shared/media');

serveFlows();

const send = (message: NodeMessage) => getNode('stream').receive(message);
const upload = (name: string) => ({ start: 'message', source: 'upload', path: path.join(MEDIA, name) });

describe.skipIf(!existsSync(MEDIA))('the action wait', () => {
  it('hands the message on when the file is done, and at once when nothing runs', async () => {
    await load(demoFlow(upload('ten-frames.mp4'), onData('data', ['motion'])));
    send({ action: 'wait', marked: 'before' });
    expect(await inbox('states').first(({ marked }) => marked === 'before')).toMatchObject({
      payload: { state: 'not_started' },
    });
    send({ action: 'start' });
    send({ action: 'wait', timeout: 30, marked: 'during' });
    const answer = await inbox('states').first(({ marked }) => marked === 'during', 30_000);
    expect(answer).toMatchObject({ topic: 'state', stream: 'door', payload: { state: 'complete' } });
    expect(inbox('data-0').messages).toHaveLength(10);
    expect(inbox('errors').messages).toEqual([]);
  });

  it('fails after its time while the stream goes on, and with the error of a stream that fails', async () => {
    await load(demoFlow({ width: 320, height: 180 }, onData('data', ['motion'])));
    await inbox('states').state('live');
    send({ action: 'wait', timeout: 0.05, marked: 'short' });
    expect(await inbox('errors').error('WAIT_TIMEOUT')).toMatchObject({ marked: 'short' });
    send({ action: 'wait', timeout: 'soon', marked: 'odd' });
    expect(await inbox('errors').error('INVALID_OPTION')).toMatchObject({ marked: 'odd' });
    const before = inbox('data-0').messages.length;
    await inbox('data-0').count(before + 1);
    await helper.unload();
    await load(demoFlow({ ...upload('ten-frames.mp4'), path: '/no/such/clip.mp4' }));
    send({ action: 'start' });
    send({ action: 'wait', marked: 'failing' });
    await inbox('errors').first(
      ({ marked, error }) => marked === 'failing' && codeOf(error) === 'SOURCE_FILE_UNREADABLE',
    );
  });
});

describe.skipIf(!existsSync(MEDIA))('the action cancel', () => {
  it('ends an upload that is being processed, does nothing when none runs, and refuses live video', async () => {
    await load(demoFlow(upload('pedestrians.mp4'), onData('data', ['motion'])));
    send({ action: 'cancel' });
    send({ action: 'start' });
    send({ action: 'wait', marked: 'waiting' });
    await inbox('states').state('processing');
    await inbox('data-0').first();
    send({ action: 'cancel' });
    await inbox('states').first(({ marked }) => marked === 'waiting', 20_000);
    expect(await inbox('states').state('closed')).toMatchObject({ payload: { code: null } });
    expect(inbox('data-0').messages.length).toBeLessThan(300);
    expect(inbox('errors').messages).toEqual([]);
    await helper.unload();
    await load(demoFlow({ width: 320, height: 180 }));
    send({ action: 'cancel', marked: 'live' });
    expect(await inbox('errors').error('INVALID_OPTION')).toMatchObject({ marked: 'live' });
  });
});

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
