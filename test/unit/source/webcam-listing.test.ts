import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as listing from '../../../src/source/webcam-listing';

const recorded = (name: string): string =>
  readFileSync(new URL(`../../fixtures/webcam/${name}.txt`, import.meta.url), 'utf8');
const exactly = (width: number, height: number) => ({
  width: { min: width, max: width },
  height: { min: height, max: height },
});

describe('a list of cameras', () => {
  it('of Linux names each device, whatever the FFmpeg', () => {
    const devices = listing.parseV4l2Sources(recorded('v4l2-sources'));
    expect(devices[0]).toEqual({ device: '/dev/video0', name: 'HD Pro Webcam C920' });
    expect(devices.map(({ device }) => device)).toEqual(
      ['0', '1', '2', '4', '6'].map((number) => `/dev/video${number}`),
    );
    expect(listing.parseV4l2Sources('Auto-detected sources for v4l2:\n* /dev/video0 [A [b] c]\n')).toEqual([
      { device: '/dev/video0', name: 'A [b] c' },
    ]);
  });

  it('of a Mac leaves screens and microphones out', () => {
    expect(listing.parseAvfoundationDevices(recorded('avfoundation-devices'))).toEqual([
      { device: '0', name: 'FaceTime HD Camera (Built-in)' },
      { device: '1', name: 'Logitech BRIO' },
    ]);
  });

  it('of Windows gives the name that tells equal cameras apart', () => {
    const devices = listing.parseDshowDevices(recorded('dshow-devices'));
    expect(devices.map(({ name }) => name)).toEqual(['HD Pro Webcam C920', 'HD Pro Webcam C920', 'OBS Virtual Camera']);
    expect(devices[1]?.device).toMatch(/^@device_pnp_.*2a11c0d4/);
  });

  it('of Windows is read from an FFmpeg before 5, too', () => {
    const devices = listing.parseDshowDevices(recorded('dshow-devices-before-5'));
    expect(devices).toHaveLength(1);
    expect(devices[0]).toMatchObject({ name: 'Integrated Camera' });
    expect(devices[0]?.device).toMatch(/^@device_pnp_/);
  });

  it.each(['', 'Unknown input format: avfoundation', ': Input/output error'])('is empty for "%s"', (text) => {
    expect(listing.parseV4l2Sources(text)).toEqual([]);
    expect(listing.parseAvfoundationDevices(text)).toEqual([]);
    expect(listing.parseDshowDevices(text)).toEqual([]);
  });
});

describe('the modes of a camera', () => {
  it('come with every size on Linux', () => {
    const modes = listing.parseV4l2Formats(recorded('v4l2-formats-video0'));
    expect(modes).toHaveLength(19 + 17);
    expect(modes[0]).toEqual({ codec: 'raw', format: 'yuyv422', ...exactly(640, 480), maxFps: null });
    expect(modes.at(-1)).toEqual({ codec: 'mjpeg', format: 'mjpeg', ...exactly(1920, 1080), maxFps: null });
    expect(listing.parseV4l2Formats(recorded('v4l2-formats-video1'))).toEqual([]);
  });

  it('are ranges on a Raspberry Pi, without those that FFmpeg does not know', () => {
    const modes = listing.parseV4l2Formats(recorded('v4l2-formats-raspberry-pi'));
    expect(modes.map(({ codec }) => codec)).toEqual(['raw', 'raw', 'raw', 'mjpeg', 'h264', 'mjpeg']);
    expect(modes[4]).toMatchObject({ width: { min: 32, max: 2592 }, height: { min: 32, max: 1944 } });
  });

  it('tell their rates on a Mac and on Windows', () => {
    const mac = listing.parseAvfoundationModes(recorded('avfoundation-modes'));
    expect(mac.map(({ maxFps }) => maxFps)).toEqual([30.00003, 15.000015, 60.00024, 29.97, 30]);
    const windows = listing.parseDshowOptions(recorded('dshow-modes'));
    expect(windows.map(({ codec, maxFps }) => [codec, maxFps])).toEqual([
      ...[
        ['raw', 30],
        ['raw', 30],
        ['raw', 10],
      ],
      ...[
        ['h264', 30],
        ['mjpeg', 30],
        ['mjpeg', 60.0002],
      ],
    ]);
  });
});

describe('the rate that a camera declares', () => {
  it.each([
    [
      '  Stream #0:0: Video: rawvideo (YUY2 / 0x32595559), yuyv422, 640x480, 147456 kb/s, 30 fps, 30 tbr, 1000k tbn',
      30,
    ],
    [
      '  Stream #0:0: Video: mjpeg (Baseline), yuvj422p(pc, bt470bg/unknown/unknown), 1280x720, 29.97 fps, 29.97 tbr',
      29.97,
    ],
    ['    Stream #0:0: Video: rawvideo (UYVY / 0x59565955), uyvy422, 3840x2160, 1000k tbr, 1000k tbn', null],
    ['', null],
  ])('stands in %s', (text, fps) => {
    expect(listing.parseStreamRate(text)).toBe(fps);
  });
});
