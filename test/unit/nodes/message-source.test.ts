import { describe, expect, it } from 'vitest';
import { MessageSources, parseMessageSource } from '../../../nodes/runtime/message-source';
import { resolveSource } from '../../../nodes/runtime/stream-settings';

const refusal = (field: string, text = '') =>
  expect.objectContaining({
    code: 'INVALID_OPTION',
    details: { field },
    message: expect.stringContaining(text) as string,
  }) as Error;
const nothing = {
  message: {},
  environment: () => undefined,
  context: () => Promise.resolve(undefined),
};

describe('parseMessageSource', () => {
  it.each([
    [
      { kind: 'test-pattern', width: 640, height: '360', fps: 10, frameCount: 30 },
      { width: 640, frames: 30 },
    ],
    [
      { kind: 'stream', url: 'rtsp://camera/live', username: 'viewer', password: ' {{x}} ${y} ' },
      { url: 'rtsp://camera/live', username: 'viewer', password: ' {{x}} ${y} ', video: 'auto', loop: false },
    ],
    [
      { kind: 'stream', url: 'rtsp://viewer:p%40ss@camera/live' },
      { url: 'rtsp://camera/live', username: 'viewer', password: 'p@ss' },
    ],
    [
      { kind: 'stream', url: '/data/street.mp4', loop: true },
      { url: '/data/street.mp4', loop: true },
    ],
    [{ kind: 'stream', url: 'C:\\data\\street.mp4' }, { url: 'C:\\data\\street.mp4' }],
    [
      { kind: 'webcam', device: '/dev/video2', video: 'encode' },
      { device: '/dev/video2', video: 'encode' },
    ],
    [{ kind: 'server-rtsp', url: 'rtsps://camera/live' }, { url: 'rtsps://camera/live' }],
    [{ kind: 'server-mjpeg', url: 'http://camera/video.mjpg' }, { url: 'http://camera/video.mjpg' }],
    [
      { kind: 'upload', path: 'https://site/a.mp4', cache: false },
      { path: 'https://site/a.mp4', cache: false },
    ],
    [
      { kind: 'upload', path: '/data/a.mp4', frames: 'video' },
      { path: '/data/a.mp4', frames: 'video' },
    ],
    [{ kind: 'frames' }, {}],
  ])('takes %j', async (source, expected) => {
    const resolved = await resolveSource(parseMessageSource(source), nothing);
    expect(resolved.source).toMatchObject({ kind: source.kind, ...expected });
  });

  it.each([
    ['rtsp://camera/live', 'source'],
    [['stream'], 'source'],
    [{}, 'kind'],
    [{ kind: 'message' }, 'kind'],
    [{ kind: 'toString' }, 'kind'],
    [{ kind: 'stream' }, 'url'],
    [{ kind: 'stream', url: '' }, 'url'],
    [{ kind: 'stream', url: 7 }, 'url'],
    [{ kind: 'stream', url: ['rtsp://camera/live'] }, 'url'],
    [{ kind: 'stream', url: '-i' }, 'url'],
    [{ kind: 'stream', url: ' -i /etc/passwd' }, 'url'],
    [{ kind: 'stream', url: 'concat:/a.mp4' }, 'url'],
    [{ kind: 'stream', url: 'subfile,,start,0,end,9,,:/a.mp4' }, 'url'],
    [{ kind: 'stream', url: 'file:///etc/passwd' }, 'url'],
    [{ kind: 'stream', url: 'pipe:0' }, 'url'],
    [{ kind: 'stream', url: '/a.mp4|/b.mp4' }, 'url'],
    [{ kind: 'stream', url: 'rtsp://camera/live\n-y /tmp/x' }, 'url'],
    [{ kind: 'stream', url: 'rtsp:camera' }, 'url'],
    [{ kind: 'stream', url: 'rtsp://{{env.HOST}}/live' }, 'url'],
    [{ kind: 'stream', url: '${CAMERA}' }, 'url'],
    [{ kind: 'stream', url: 'x'.repeat(4_097) }, 'url'],
    [{ kind: 'stream', url: 'rtsp://camera', username: 'a\nb' }, 'username'],
    [{ kind: 'stream', url: 'rtsp://camera', username: '{{env.USER}}' }, 'username'],
    [{ kind: 'stream', url: 'rtsp://camera', password: 5 }, 'password'],
    [{ kind: 'stream', url: 'rtsp://camera', password: 'a\nb' }, 'password'],
    [{ kind: 'stream', url: 'rtsp://camera', video: 'copy' }, 'video'],
    [{ kind: 'stream', url: 'rtsp://camera', loop: 'yes' }, 'loop'],
    [{ kind: 'stream', url: 'rtsp://camera', loop: {} }, 'loop'],
    [{ kind: 'stream', url: 'rtsp://camera', ffmpegArgs: '-y' }, 'ffmpegArgs'],
    [{ kind: 'webcam', device: '-f' }, 'device'],
    [{ kind: 'webcam', device: '{{env.CAMERA}}' }, 'device'],
    [{ kind: 'webcam', width: 640 }, 'height'],
    [{ kind: 'server-rtsp', url: 'http://camera/video.mjpg' }, 'url'],
    [{ kind: 'server-rtsp', url: '/data/a.mp4' }, 'url'],
    [{ kind: 'server-mjpeg', url: 'rtsp://camera' }, 'url'],
    [{ kind: 'upload', url: '/data/a.mp4' }, 'url'],
    [{ kind: 'upload', path: 'rtsp://camera' }, 'path'],
    [{ kind: 'test-pattern', width: 1e9 }, 'width'],
    [{ kind: 'frames', url: 'rtsp://camera' }, 'url'],
  ])('refuses %j naming the field %s', (source, field) => {
    expect(() => parseMessageSource(source)).toThrow(refusal(field));
  });

  it('repeats neither address nor login of what it refuses', () => {
    const sources = [
      { kind: 'stream', url: 'concat:planted', username: 'planted', password: 'planted' },
      { kind: 'stream', url: 'rtsp://me:planted\n@camera' },
      { kind: 'stream', url: 'rtsp://me:planted/word@camera' },
      { kind: 'stream', url: 'rtsp://camera', password: 'planted\n' },
      { kind: 'server-rtsp', url: 'http://me:planted@camera' },
    ];
    for (const source of sources) {
      expect(() => parseMessageSource(source)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('planted') as string }) as Error,
      );
    }
  });
});

describe('MessageSources', () => {
  const [first, second] = ['rtsp://one', 'rtsp://two'].map((url) => ({ kind: 'stream', url }));

  it('start what the message says, then the last started again, and take it off the message', () => {
    const sources = new MessageSources({ kind: 'message' });
    const message = { _msgid: '1', source: first };
    sources.accept(message);
    expect(message).toEqual({ _msgid: '1' });
    expect(sources.take(message)).toMatchObject(first ?? {});
    const bare = { _msgid: '2' };
    sources.accept(bare);
    expect(sources.take(bare)).toMatchObject(first ?? {});
    const other = { _msgid: '3', source: second };
    sources.accept(other);
    expect(sources.take(other)).toMatchObject(second ?? {});
    expect(sources.take(undefined)).toMatchObject(second ?? {});
  });

  it('keep the last one when the next is refused', () => {
    const sources = new MessageSources({ kind: 'message' });
    const message = { _msgid: '1', source: first };
    sources.accept(message);
    sources.take(message);
    const wrong = { _msgid: '2', source: { kind: 'stream', url: '-y' } };
    expect(() => sources.accept(wrong)).toThrow(refusal('url', 'msg.source.url'));
    expect(wrong).toEqual({ _msgid: '2' });
    expect(sources.take(undefined)).toMatchObject(first ?? {});
  });

  it('refuse a start without a source before any came', () => {
    const sources = new MessageSources({ kind: 'message' });
    expect(() => sources.accept({ _msgid: '1' })).toThrow(refusal('source', 'is missing'));
    expect(() => sources.take(undefined)).toThrow(refusal('source'));
  });

  it('refuse a source where the dialog has one', () => {
    const fixed = new MessageSources({ kind: 'test-pattern' });
    expect(() => fixed.accept({ _msgid: '1', source: first })).toThrow(refusal('source', 'From the start message'));
    const bare = { _msgid: '2' };
    fixed.accept(bare);
    expect(fixed.take(bare)).toEqual({ kind: 'test-pattern' });
  });

  it('take frames once a message has made them the source', () => {
    const sources = new MessageSources({ kind: 'message' });
    expect(sources.takesFrames).toBe(false);
    sources.accept({ _msgid: '1', source: { kind: 'frames' } });
    expect(sources.takesFrames).toBe(true);
    expect(new MessageSources({ kind: 'frames' }).takesFrames).toBe(true);
  });
});
