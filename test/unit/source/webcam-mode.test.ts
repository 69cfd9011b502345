import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAvfoundationModes, parseDshowOptions, parseV4l2Formats } from '../../../src/source/webcam-listing';
import { chooseWebcamMode, webcamSizes } from '../../../src/source/webcam-mode';
import { webcamSystem } from '../../../src/source/webcam-system';

const recorded = (name: string): string =>
  readFileSync(new URL(`../../fixtures/webcam/${name}.txt`, import.meta.url), 'utf8');
const plain = parseV4l2Formats(recorded('v4l2-formats-video0'));
const encoding = parseV4l2Formats(recorded('v4l2-formats-video2'));
const pi = parseV4l2Formats(recorded('v4l2-formats-raspberry-pi'));
const mac = parseAvfoundationModes(recorded('avfoundation-modes'));
const windows = parseDshowOptions(recorded('dshow-modes'));
const HD = { width: 1280, height: 720 };
const VGA = { width: 640, height: 480 };

describe('chooseWebcamMode', () => {
  it.each([
    ['JPEG at 720p, which USB carries at full rate', plain, {}, { codec: 'mjpeg', size: HD, fps: null }],
    ['raw pictures where they are small', plain, { ...VGA, fps: 15 }, { codec: 'raw', format: 'yuyv422', fps: 15 }],
    ['the camera’s own H.264', encoding, {}, { codec: 'h264', size: HD }],
    ['no H.264 that is not to be passed through', encoding, { video: 'encode' }, { codec: 'mjpeg', size: HD }],
    ['H.264 of a Raspberry Pi in the usual size', pi, {}, { codec: 'h264', format: 'h264', size: HD }],
    ['a size between the bounds of a range', pi, { width: 800, height: 600 }, { codec: 'h264' }],
    ['a rate that is enough before a codec that is cheap', windows, { ...HD, fps: 60 }, { codec: 'mjpeg', fps: 60 }],
    ['the rate that the camera can at most', windows, { ...VGA, fps: 50 }, { codec: 'raw', fps: 30 }],
    ['of a Mac the mode nearest to 30 a second', mac, HD, { maxFps: 29.97 }],
    ['of a Mac the mode nearest to the rate asked for', mac, { ...VGA, fps: 15 }, { maxFps: 15.000015 }],
    ['nothing where nothing is known', [], { ...VGA, fps: 15 }, { codec: null, format: null, size: VGA, fps: 15 }],
  ] as const)('takes %s', (...[, modes, wish, chosen]) => {
    expect(chooseWebcamMode(modes, wish)).toMatchObject(chosen);
  });

  it('names the sizes there are when the one asked for is not among them', () => {
    const choose = () => chooseWebcamMode(encoding, { width: 1000, height: 1000 });
    expect(choose).toThrow('no 1000x1000: leave the size empty or use one of 1920x1080, 1280x720, 640x480, 320x240.');
    expect(choose).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }) as Error);
  });

  it('lists ranges as such', () => {
    expect(webcamSizes(pi)).toEqual(['32x32 to 2592x1944']);
  });
});

describe('the command line of a camera', () => {
  it.each([
    [
      ...['linux', '/dev/video0', plain, { fps: 15 }],
      '-fpsprobesize 0 -f v4l2 -input_format mjpeg -video_size 1280x720 -framerate 15 -i /dev/video0',
    ],
    ['linux', '/dev/video9', [], {}, '-fpsprobesize 0 -f v4l2 -i /dev/video9'],
    // It takes no rate but that of a mode.
    ['darwin', '1', mac, { ...VGA, fps: 15 }, '-f avfoundation -video_size 640x480 -framerate 15.000015 -i 1:none'],
    ['darwin', '0', [], {}, '-f avfoundation -framerate 30 -i 0:none'],
    [
      ...['win32', '@device_pnp_x', windows, { width: 1920, height: 1080 }],
      '-f dshow -rtbufsize 64M -vcodec h264 -video_size 1920x1080 -i video=@device_pnp_x',
    ],
    [
      ...['win32', 'Cam', windows, VGA],
      '-f dshow -rtbufsize 64M -pixel_format yuyv422 -video_size 640x480 -i video=Cam',
    ],
  ] as [NodeJS.Platform, string, typeof mac, object, string][])(
    'on %s, %s',
    (...[platform, device, modes, wish, line]) => {
      expect(webcamSystem(platform).inputArgs(device, chooseWebcamMode(modes, wish)).join(' ')).toBe(line);
    },
  );

  it('cannot be made on other systems', () => {
    expect(() => webcamSystem('freebsd')).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }) as Error);
  });
});
