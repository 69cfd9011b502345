import { describe, expect, it } from 'vitest';
import { webcamFailure } from '../../../src/source/webcam-failure';

const exit = (stderrTail: string, over: object = {}) => ({
  ...{ code: 1, signal: null, stderrTail, closedByUs: false },
  ...over,
});

describe('webcamFailure', () => {
  it.each([
    ['[v4l2 @ 0x1] ioctl(VIDIOC_STREAMON): Device or resource busy', 'WEBCAM_BUSY', true],
    [
      '[dshow] Could not run graph (sometimes caused by a device already in use by other application)',
      'WEBCAM_BUSY',
      true,
    ],
    ['[v4l2 @ 0x1] Cannot open video device /dev/video0: Permission denied', 'WEBCAM_FORBIDDEN', false],
    ['[v4l2 @ 0x1] Cannot open video device /dev/video0: No such file or directory', 'WEBCAM_NOT_FOUND', true],
    [
      '[dshow @ 0x1] Could not find video device with name [Cam] among source devices of type video.',
      'WEBCAM_NOT_FOUND',
      true,
    ],
    ['[avfoundation @ 0x1] Video device not found', 'WEBCAM_NOT_FOUND', true],
    ['[v4l2 @ 0x1] Not a video capture device.\n/dev/video10: No such device', 'SOURCE_UNSUPPORTED', false],
    ['[avfoundation @ 0x1] Selected framerate (24.000000) is not supported by the device.', 'INVALID_OPTION', false],
    ["Unknown input format: 'v4l2'", 'FFMPEG_FAILED', false],
    ['[v4l2 @ 0x1] ioctl(VIDIOC_STREAMON): No space left on device', 'SOURCE_UNREACHABLE', true],
    // Not the 401 of a web server.
    ['Stream #0:0: Video: mjpeg, 401 kb/s\n/dev/video0: Protocol error', 'SOURCE_UNREACHABLE', true],
  ])('%s', (tail, code, retry) => {
    const error = webcamFailure(exit(tail), 'Webcam /dev/video0');
    expect(error).toMatchObject({ code, retry });
    expect(error.message).toMatch(/^Webcam \/dev\/video0 .*\.$/);
  });

  it('tells a cable that was pulled from a camera that never was there', () => {
    const pulled = exit('[v4l2 @ 0x1] ioctl(VIDIOC_DQBUF): No such device', { code: 0 });
    expect(webcamFailure(pulled, 'Webcam x', true)).toMatchObject({
      ...{ code: 'WEBCAM_NOT_FOUND', message: 'Webcam x was unplugged: plug it in again.' },
    });
    expect(webcamFailure(exit('', { code: 0 }), 'Webcam x', true)).toMatchObject({ code: 'SOURCE_STALLED' });
    expect(webcamFailure(exit('', { signal: 'SIGKILL' }), 'Webcam x', true)).toMatchObject({ code: 'FFMPEG_FAILED' });
  });
});
