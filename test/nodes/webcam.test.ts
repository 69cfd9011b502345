/** A whole node on a webcam, through a stand-in FFmpeg that replays listings and captures from a clip. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { NodeMessage } from 'node-red';
import { beforeEach, describe, expect, it } from 'vitest';
import { startWebcams } from '../integration/source/webcams';
import type { Webcams } from '../integration/source/webcams';
import { demoFlow, getNode, inbox, load, onData, onFrame, serveFlows } from './test-helper';

const MEDIA = path.resolve(import.meta.dirname, '../../../shared/media');

let webcams: Webcams;

const cleanUps = serveFlows();
beforeEach(async () => {
  webcams = await startWebcams();
  cleanUps.push(() => webcams.stop());
});

const webcamFlow = (stream: object) =>
  demoFlow({ source: 'webcam', ...stream }, [...onData('data', ['motion']), ...onFrame('frame')], {
    ffmpegPath: webcams.ffmpegPath,
  });
const send = (message: NodeMessage) => getNode('stream').receive(message);

describe.skipIf(!existsSync(MEDIA))('a webcam as the source of a stream (stand-in)', () => {
  it('is captured, encoded, and declares its own frame rate to the server', async () => {
    await load(webcamFlow({ fps: '15' }));
    const picture = await inbox('frame-0').first(({ metadata }) => metadata !== null, 40_000);
    expect(picture).toMatchObject({ width: 768, height: 576, stream: 'door', metadata: { declared_fps: 10 } });
    send({ action: 'status', marked: true });
    const { payload } = await inbox('states').first((message) => message['marked'] === true);
    expect(payload).toMatchObject({
      ...{ state: 'live', stats: { source: { path: 'encoded', reason: 'codec Motion JPEG', codec: 'vp8' } } },
    });
    expect(webcams.asked().at(-1)).toContain('-framerate 15 -i /dev/video0 ');
  });

  it('passes its own H.264 on', async () => {
    await load(webcamFlow({ device: '/dev/video2' }));
    await inbox('frame-0').first(() => true, 40_000);
    send({ action: 'status', marked: true });
    const { payload } = await inbox('states').first((message) => message['marked'] === true);
    expect(payload).toMatchObject({ stats: { source: { path: 'copied', reason: null, codec: 'h264' } } });
  });

  it('that another program uses is named at the Catch node', async () => {
    await load(webcamFlow({ device: '/dev/video4' }));
    const { error } = await inbox('errors').error('WEBCAM_BUSY');
    expect(error).toMatchObject({ message: expect.stringContaining('/dev/video4') as string, cause: { retry: true } });
    await inbox('states').state('reconnecting');
  });

  it('that is plugged in later is found without a redeploy', async () => {
    await webcams.unplug();
    await load(webcamFlow({}));
    await inbox('errors').error('WEBCAM_NOT_FOUND');
    await inbox('states').state('reconnecting');
    await webcams.plugIn();
    await inbox('frame-0').first(() => true, 40_000);
  });
});
