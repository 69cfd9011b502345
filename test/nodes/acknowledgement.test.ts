/** Frames that are done when the flow is: a slow flow slows the server down, and loses nothing. Needs ../shared/media. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { NodeMessage } from 'node-red';
import { describe, expect, it } from 'vitest';
import { isRecord } from '../../src/json';
import { demoFlow, getNode, inbox, load, onData, onFrame, serveFlows } from './test-helper';

const CLIP = path.resolve(import.meta.dirname, '../../../shared/media/rotated.mp4');
const FRAMES = 30;
/** The one the flow is at, eight that the server works ahead, one on its way (`server-controls.ts`). */
const MAX_OPEN_FRAMES = 10;
/** Not what is tested: a busy machine takes its time to start a session. */
const PATIENCE_MS = 45_000;

serveFlows();

const UPLOAD = { start: 'message', source: 'upload', path: CLIP };
const send = (message: NodeMessage) => getNode('stream').receive(message);
const frameOf = ({ metadata }: NodeMessage): number =>
  isRecord(metadata) && typeof metadata['frame_id'] === 'number' ? metadata['frame_id'] : 0;
const all = Array.from({ length: FRAMES }, (_, index) => index + 1);

const isEnd = ({ payload }: NodeMessage) => isRecord(payload) && payload['state'] === 'complete';
const ended = () => inbox('states').first(isEnd, PATIENCE_MS);
const overdue = () =>
  inbox('errors').first(({ error }) => isRecord(error) && error['code'] === 'NOT_ACKNOWLEDGED', PATIENCE_MS);

/** Plays the slow end of a flow: one message after the other, `handle` with each. The result: most messages open. */
async function slowFlow(
  id: string,
  handle: (message: NodeMessage) => void,
): Promise<{ order: number[]; most: number }> {
  const box = inbox(id);
  const order: number[] = [];
  let most = 0;
  for (let count = 0; count < FRAMES; count += 1) {
    await box.first(() => box.messages.length > count, PATIENCE_MS);
    const message = box.messages[count] ?? {};
    await new Promise((resolve) => setTimeout(resolve, 25));
    most = Math.max(most, box.messages.length - order.length);
    order.push(frameOf(message));
    handle(message);
  }
  return { order, most };
}

describe.skipIf(!existsSync(CLIP))('frames that are done when their message comes back', () => {
  it('slow the server down to the flow, and come all, in their order', async () => {
    await load(demoFlow(UPLOAD, onData('data', ['motion'], { acknowledge: 'returned', inputs: 1 })));
    send({ action: 'start' });
    const { order, most } = await slowFlow('data-0', (message) => getNode('data').receive(message));
    expect(order).toEqual(all);
    expect(most).toBeLessThanOrEqual(MAX_OPEN_FRAMES);
    await ended();
    expect(inbox('errors').messages).toEqual([]);
  });

  it('wait for data and pictures, each at its own node', async () => {
    const returned = { acknowledge: 'returned', inputs: 1 };
    await load(demoFlow(UPLOAD, [...onData('data', ['motion'], returned), ...onFrame('frame', returned)]));
    send({ action: 'start' });
    const [pictures, data] = await Promise.all([
      slowFlow('frame-0', (message) => getNode('frame').receive(message)),
      slowFlow('data-0', (message) => getNode('data').receive(message)),
    ]);
    expect([pictures.order, data.order]).toEqual([all, all]);
    expect(Math.max(pictures.most, data.most)).toBeLessThanOrEqual(MAX_OPEN_FRAMES);
    expect(inbox('frame-0').messages[0]).toMatchObject({ width: 576, height: 768 });
    await ended();
    expect(inbox('errors').messages).toEqual([]);
  });

  it('hold the server up, with a warning, until they do; a removed node holds up nothing', async () => {
    const late = { acknowledge: 'returned', ackSeconds: '1', inputs: 1 };
    await load(demoFlow(UPLOAD, [...onData('data', ['motion'], late), ...onData('free', ['alarm'])]));
    send({ action: 'start' });
    const warning = await overdue();
    expect(warning).toMatchObject({ stream: 'door', error: { source: { id: 'data' } } });
    expect(inbox('data-0').messages.length).toBeLessThanOrEqual(MAX_OPEN_FRAMES);
    expect(inbox('states').messages.some(isEnd)).toBe(false);
    await getNode('data').close(true);
    await ended();
    expect(inbox('free-0').messages.map(frameOf)).toEqual(all);
  });

  it('are given up by setting, one limit after the other', async () => {
    const lost = { acknowledge: 'returned', ackSeconds: '1', ackOverdue: 'release', inputs: 1 };
    await load(demoFlow(UPLOAD, onData('data', ['motion'], lost)));
    send({ action: 'start' });
    await overdue();
    await ended();
    expect(inbox('data-0').messages.map(frameOf)).toEqual(all);
  });

  it('refuse a message of others, and take every message of live video', async () => {
    const returned = { acknowledge: 'returned', inputs: 1 };
    await load(demoFlow({ width: 320, height: 180 }, onData('data', ['motion'], returned)));
    getNode('data').receive({ marked: 'strange' });
    expect(await inbox('errors').error('INVALID_OPTION')).toMatchObject({ marked: 'strange' });
    getNode('data').receive(await inbox('data-0').first(() => true, PATIENCE_MS));
    await inbox('data-0').first(({ metadata }) => frameOf({ metadata }) >= 20, PATIENCE_MS);
    expect(inbox('errors').messages.filter(({ marked }) => marked !== 'strange')).toEqual([]);
  });
});
