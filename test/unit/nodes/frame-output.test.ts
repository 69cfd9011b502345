import type { NodeMessage } from 'node-red';
import { describe, expect, it } from 'vitest';
import type { Badge } from '../../../nodes/runtime/badge';
import { FrameOutput } from '../../../nodes/runtime/frame-output';
import type { Pacing } from '../../../nodes/runtime/frame-pacer';
import { ManualClock } from '../transport/manual-clock';
import { frameEvent } from './events';

const LIVE: Badge = { fill: 'green', shape: 'dot', text: 'live' };

function setUp(pacing: Pacing, stream = '') {
  const clock = new ManualClock();
  const sent: NodeMessage[] = [];
  const shown: string[] = [];
  const asked: string[] = [];
  const output = new FrameOutput({
    settings: {
      stream,
      format: 'jpeg',
      jpegQuality: 4,
      fit: undefined,
      pacing,
      shapesFrom: ['boxes'],
      acknowledgement: { kind: 'at-once' },
    },
    clock,
    ask: (name) => asked.push(name),
    newId: () => `id${sent.length + 1}`,
    translate: (_, counts) => `${counts?.['sent'] ?? ''} out, ${counts?.['dropped'] ?? ''} drop`,
    send: (message) => void sent.push(message),
    show: ({ text }) => void shown.push(text),
  });
  const frame = (name = 'door') => output.frame(frameEvent(), name, Buffer.from([1, 2]));
  return { clock, sent, shown, asked, output, frame };
}

describe('FrameOutput', () => {
  it('sends every frame and leaves the status to the stream when nothing is paced', () => {
    const { sent, shown, output, frame } = setUp({ kind: 'every' });
    frame();
    frame();
    output.badge(LIVE);
    expect(sent).toHaveLength(2);
    expect(shown).toEqual(['live']);
  });

  it('sends every frame and shows what the flow was too slow for, once there is such a thing', () => {
    const { clock, shown, output, frame } = setUp({ kind: 'every' });
    output.badge(LIVE);
    frame();
    clock.advance(1_000);
    expect(shown.at(-1)).toBe('live');
    output.frame(frameEvent({ skipped: 29 }), 'door', Buffer.alloc(1));
    clock.advance(1_000);
    expect(shown.at(-1)).toBe('2 out, 29 drop');
    output.close();
    expect(clock.pending).toBe(0);
  });

  it('gives boxes along with every picture, none where there are no predictions', () => {
    const { sent, output } = setUp({ kind: 'every' });
    const boxes = { predictions: [{ x: 5, y: 5, width: 2, height: 4, class: 'a', confidence: 1 }] };
    output.frame(frameEvent({ outputs: { boxes } }), 'door', Buffer.alloc(1));
    output.frame(frameEvent({ outputs: null }), 'door', Buffer.alloc(1));
    expect(sent).toMatchObject([
      { annotations: [{ type: 'rect', bbox: [4, 3, 2, 4], label: 'a 100%' }], classes: { a: 1 }, data: { boxes } },
      { annotations: [], objects: [], classes: {}, data: null },
    ]);
  });

  it('answers on the message that asked, with a picture of its own each time', async () => {
    const { clock, output, frame } = setUp({ kind: 'request', waitMs: 1_000 });
    frame();
    clock.advance(20);
    const answers: NodeMessage[] = [];
    const [one, two]: NodeMessage[] = [
      { payload: 'please', req: 1 },
      { payload: 'please', req: 2 },
    ];
    await output.input(one ?? {}, (message) => answers.push(message));
    await output.input(two ?? {}, (message) => answers.push(message));
    expect(answers[0]).toBe(one);
    expect(answers).toMatchObject([{ req: 1, width: 640, stream: 'door' }, { req: 2 }]);
    expect(answers[0]).toMatchObject({ timing: { deliveredAt: 1_020 } });
    expect(answers[0]?.payload).toEqual(answers[1]?.payload);
    expect(answers[0]?.payload).not.toBe(answers[1]?.payload);
  });

  it('takes msg.stream for a wish only where it listens to several', async () => {
    const only = setUp({ kind: 'request', waitMs: 1_000 }, 'door');
    only.frame('door');
    await only.output.input({ stream: 'yard' }, (message) => expect(message['stream']).toBe('door'));
    const all = setUp({ kind: 'request', waitMs: 1_000 });
    all.frame('yard');
    all.frame('door');
    await all.output.input({ stream: 'yard' }, (message) => expect(message['stream']).toBe('yard'));
    expect.assertions(2);
  });

  it('sends the next frame when its message comes back, and refuses one it has not sent', async () => {
    const { sent, output, frame } = setUp({ kind: 'in-flight', releaseMs: 1_000 });
    frame();
    frame();
    expect(sent.map(({ _msgid }) => _msgid)).toEqual(['id1']);
    await output.input({ _msgid: 'id1' }, () => undefined);
    expect(sent).toHaveLength(2);
    await expect(output.input({ _msgid: 'stranger' }, () => undefined)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    });
  });

  it('counts frames that none was made of for it, and has one made when it is asked', async () => {
    const { clock, asked, output } = setUp({ kind: 'request', waitMs: 1_000 });
    const answer = output.input({ action: 'now' }, ({ payload }) => expect(payload).toEqual(Buffer.from([7])));
    expect(asked).toEqual(['']);
    output.frame(frameEvent({ skipped: 29 }), 'door', Buffer.from([7]));
    await answer;
    await output.input({ action: 'status' }, ({ payload }) => expect(payload).toMatchObject({ sent: 1, dropped: 29 }));
    output.close();
    expect(clock.pending).toBe(0);
    expect.assertions(4);
  });

  it('gives the boxes of a smaller picture in its own pixels', () => {
    const { sent, output } = setUp({ kind: 'every' });
    const points = [{ x: 10, y: 20 }];
    const boxes = [{ x: 100, y: 100, width: 40, height: 20, class: 'a', confidence: 1, points }];
    const size = { width: 320, height: 90, source: { width: 640, height: 360 } };
    output.frame(frameEvent({ ...size, outputs: { boxes } }), 'door', Buffer.alloc(1));
    expect(sent).toMatchObject([
      { annotations: [{ bbox: [40, 22.5, 20, 5] }], objects: [{ bbox: [40, 22.5, 20, 5], points: [[5, 5]] }] },
    ]);
  });

  it('refuses messages where it has no input', async () => {
    const { output } = setUp({ kind: 'every' });
    await expect(output.input({ payload: 1 }, () => undefined)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('shows once a second what was sent and dropped while the stream is live, and tells it when asked', async () => {
    const { clock, shown, output, frame } = setUp({ kind: 'in-flight', releaseMs: 60_000 });
    output.badge(LIVE);
    for (let index = 0; index < 1_502; index += 1) frame();
    expect(shown).toEqual(['live']);
    clock.advance(1_000);
    expect(shown.at(-1)).toBe('1 out, 1.5k drop');
    await output.input({ action: 'status', mine: true }, (message) =>
      expect(message).toMatchObject({
        mine: true,
        topic: 'state',
        payload: { pace: 'in-flight', sent: 1, dropped: 1_500, lost: 0 },
      }),
    );
    output.badge({ fill: 'yellow', shape: 'dot', text: 'reconnecting' });
    expect(shown.at(-1)).toBe('reconnecting');
    output.close();
    expect(clock.pending).toBe(0);
    expect.assertions(5);
  });
});
