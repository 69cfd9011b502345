/** Webcams through a stand-in FFmpeg, which replays their listings and captures from a clip. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock';
import { locateFfmpeg } from '../../../src/ffmpeg/locate';
import { webcamsOf } from '../../../src/source/list-webcams';
import type { LiveSource, SourceContext } from '../../../src/source/live-source';
import type { WebcamSpec } from '../../../src/source/spec';
import { openWebcam } from '../../../src/source/webcam-source';
import { CollectingSink, grows } from '../../unit/source/collecting-sink';
import { clipsMissing } from './source-harness';
import { startWebcams } from './webcams';
import type { Webcams } from './webcams';

let webcams: Webcams;
let context: SourceContext;
const children = new Map<number, boolean>();
const sources: LiveSource[] = [];

beforeEach(async () => {
  webcams = await startWebcams();
  const ffmpeg = await locateFfmpeg({ settingPath: webcams.ffmpegPath });
  context = { ffmpeg, clock: systemClock, onChild: (pid, running) => void children.set(pid, running) };
});
afterEach(async () => {
  await Promise.all(sources.splice(0).map((source) => source.close()));
  await webcams.stop();
  expect([...children.values()]).not.toContain(true);
});

function open(wish: Partial<WebcamSpec>, platform: NodeJS.Platform = 'linux'): LiveSource {
  const source = openWebcam({ kind: 'webcam', ...wish }, context, platform);
  sources.push(source);
  return source;
}
const sinkOf = (source: LiveSource): CollectingSink => {
  const sink = new CollectingSink();
  source.attach(sink);
  return sink;
};

describe.skipIf(clipsMissing)('a webcam (stand-in)', () => {
  it('with raw pictures and JPEG is captured as JPEG and encoded by the child that reads it', async () => {
    const source = open({ fps: 15 });
    const sink = sinkOf(source);
    expect(await source.opened).toEqual({
      ...{ path: 'encoded', reason: 'codec Motion JPEG', codec: 'vp8', width: 768, height: 576, fps: 10 },
    });
    await sink.until(() => sink.units.length >= 12);
    expect(sink.units[0]).toMatchObject({ codec: 'vp8', keyframe: true });
    expect(grows(sink.units)).toBe(true);
    expect([...children.values()].filter((running) => running)).toHaveLength(1);
    const capture = webcams.asked().at(-1);
    expect(capture).toContain('-f v4l2 -input_format mjpeg -video_size 1280x720 -framerate 15 -i /dev/video0 ');
    await source.close();
    expect(await source.ended).toEqual({ error: null });
  });

  it('with H.264 of its own is passed on as it is, and can go on encoded', async () => {
    const source = open({ device: '/dev/video2' });
    const sink = sinkOf(source);
    expect(await source.opened).toMatchObject({ path: 'copied', reason: null, codec: 'h264', width: 768, fps: 10 });
    await sink.until(() => sink.units.length >= 5);
    source.encodeInstead('a test');
    await sink.until(() => sink.units.at(-1)?.codec === 'vp8');
    expect(sink.facts.at(-1)).toMatchObject({ path: 'encoded', reason: 'a test', fps: 10 });
    expect(webcams.asked().at(-1)).toContain('-input_format h264');
  });

  it.each([
    ['darwin', 'Logitech BRIO', '-f avfoundation -video_size 1280x720 -framerate 29.970000 -i 1:none '],
    ['darwin', undefined, '-i 0:none '],
    ['win32', 'OBS Virtual Camera', '-i video=@device_sw_{860BB310-5D01-11D0-BD3B-00A0C911CE86}'],
  ] as const)('on %s is found by its name (%s)', async (platform, device, capture) => {
    const source = open(device === undefined ? {} : { device }, platform);
    expect(await source.opened).toMatchObject({ width: 768 });
    expect(webcams.asked().at(-1)).toContain(capture.replace('29.970000', '29.97'));
  });

  it.each([
    ['/dev/video4', {}, 'WEBCAM_BUSY', true],
    ['/dev/video6', {}, 'WEBCAM_FORBIDDEN', false],
    ['/dev/video9', {}, 'WEBCAM_NOT_FOUND', true],
    ['9', {}, 'WEBCAM_NOT_FOUND', true],
    ['Pet camera', {}, 'WEBCAM_NOT_FOUND', true],
    ['/etc/passwd', {}, 'WEBCAM_NOT_FOUND', true],
    ['-y', {}, 'INVALID_OPTION', false],
    ['/dev/video0', { width: 1, height: 1 }, 'INVALID_OPTION', false],
  ])('%s %o: %s', async (...[device, wish, code, retry]) => {
    const error: unknown = await open({ device, ...wish }).opened.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, retry });
    if (code.startsWith('WEBCAM')) expect(String(error)).toContain(device);
  });

  it('that is not there is told from one that FFmpeg cannot look for', async () => {
    await webcams.unplug();
    await expect(open({}).opened).rejects.toMatchObject({ code: 'WEBCAM_NOT_FOUND', retry: true });
    expect(await webcamsOf({ ffmpeg: context.ffmpeg, platform: 'linux' })).toEqual([]);
    const folder = await mkdtemp(join(tmpdir(), 'no-webcams-'));
    const path = join(folder, 'ffmpeg');
    await writeFile(path, '#!/bin/sh\necho "Unknown input format: \'avfoundation\'" >&2\nexit 1\n', { mode: 0o755 });
    const listing = webcamsOf({ ffmpeg: { ...context.ffmpeg, path }, platform: 'darwin' });
    await expect(listing).rejects.toMatchObject({ code: 'FFMPEG_FAILED', retry: false });
    await rm(folder, { recursive: true });
  });
});

describe('the list of webcams (stand-in)', () => {
  it('of Linux holds those that deliver pictures, and why one cannot be used', async () => {
    const found = await webcamsOf({ ffmpeg: context.ffmpeg, platform: 'linux' });
    expect(found.map(({ device, h264, problem }) => [device, h264, problem?.code])).toEqual([
      ['/dev/video0', false, undefined],
      ['/dev/video2', true, undefined],
      ['/dev/video4', false, undefined],
      ['/dev/video6', false, 'WEBCAM_FORBIDDEN'],
    ]);
    expect(found[0]?.sizes[0]).toBe('2304x1536');
    expect(found[3]?.problem?.message).toContain('group "video"');
  });

  it('gives names on a Mac, and on Windows unless two are equal', async () => {
    const mac = await webcamsOf({ ffmpeg: context.ffmpeg, platform: 'darwin' });
    expect(mac.map(({ device }) => device)).toEqual(['FaceTime HD Camera (Built-in)', 'Logitech BRIO']);
    const windows = await webcamsOf({ ffmpeg: context.ffmpeg, platform: 'win32' });
    expect(windows.map(({ device }) => device.slice(0, 11))).toEqual(['@device_pnp', '@device_pnp', 'OBS Virtual']);
    expect(windows[0]).toMatchObject({ name: 'HD Pro Webcam C920', h264: true });
  });

  it('asks each camera once', async () => {
    await webcamsOf({ ffmpeg: context.ffmpeg, platform: 'linux' });
    expect(readFileSync(webcams.logFile, 'utf8').trim().split('\n')).toHaveLength(1 + 5);
  });
});
