/** Frames from messages, in a real Node-RED, against the built-in demo. */
import { execFileSync } from 'node:child_process';
import type { NodeMessage } from 'node-red';
import { describe, expect, it } from 'vitest';
import { demoFlow, getNode, inbox, load, onData, onFrame, serveFlows } from './test-helper';

serveFlows();

const send = (message: NodeMessage) => getNode('stream').receive(message);
const jpeg = (size: string): Buffer =>
  execFileSync(process.env['FFMPEG_BIN'] ?? 'ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', `color=red:size=${size}`, '-frames:v', '1'],
    ...['-c:v', 'mjpeg', '-f', 'mjpeg', 'pipe:1'],
  ]);

describe('frames from messages', () => {
  it('are answered one by one with picture and data, refused by name, and can be fed back', async () => {
    const complete = [
      { id: 'complete', type: 'complete', z: 'tab', scope: ['stream'], wires: [['done']] },
      { id: 'done', type: 'inbox', z: 'tab', wires: [] },
    ];
    const listeners = [...onData('data', ['motion']), ...onFrame('frame', { format: 'rgb24' }), ...complete];
    await load(demoFlow({ source: 'frames', liveProcessing: 'batch' }, listeners));
    const [frames, data, errors] = [inbox('frame-0'), inbox('data-0'), inbox('errors')];
    const payload = jpeg('320x180');
    const before = Buffer.from(payload);
    // At once: the stream is still starting.
    send({ payload, capturedAt: 1_000_001, marked: 'first' });
    expect(await inbox('done').first()).toMatchObject({ marked: 'first' });
    const first = await frames.first(() => true, 20_000);
    expect(first).toMatchObject({ width: 320, height: 180, format: 'rgb24', timing: { capturedAt: 1_000_001 } });
    expect(first['data']).toMatchObject({ motion: false });
    await data.count(1);
    expect(payload.equals(before)).toBe(true);

    send({ payload: 'no picture', marked: 'bad' });
    expect(await errors.error('INVALID_OPTION')).toMatchObject({ marked: 'bad' });
    send({ payload: jpeg('480x270'), capturedAt: 1_000_002 });
    expect((await frames.count(2))[1]).toMatchObject({ width: 480, height: 270, timing: { capturedAt: 1_000_002 } });

    send({ ...first, _msgid: 'again' });
    const [, , third] = await frames.count(3);
    expect(third).toMatchObject({ width: 320, height: 180, timing: { capturedAt: 1_000_001 } });
    const [red = 0, , blue = 0] = third?.payload as Buffer;
    expect(red - blue).toBeGreaterThan(150);
    expect(errors.messages).toHaveLength(1);

    send({ action: 'stop' });
    await inbox('states').state('closed');
    send({ payload, marked: 'late' });
    expect(await errors.error('SESSION_CLOSED')).toMatchObject({ marked: 'late' });
  });
});
