import { describe, expect, it } from 'vitest';
import { exactTimestampArgs, globalArgs, nutOutputArgs } from '../../../src/ffmpeg/arguments';
import { decodeArgs, selectionSteps } from '../../../src/ffmpeg/decode-arguments';
import { vp8BitrateBps, vp8EncodeArgs } from '../../../src/ffmpeg/encode-arguments';
import { inputScheme, liveInputArgs } from '../../../src/ffmpeg/source-arguments';
import { ffmpegDialect } from '../../../src/ffmpeg/version';

const ffmpeg = { version: '5.1.9-0+deb12u1' };

/** The value that follows `option`; undefined when the option is absent. */
function valueOf(args: readonly string[], option: string): string | undefined {
  const index = args.indexOf(option);
  return index === -1 ? undefined : args[index + 1];
}

describe('ffmpegDialect', () => {
  it.each([
    ['4.4.2-0ubuntu0.22.04.1', '-vsync', '-stimeout'],
    ['5.0', '-vsync', '-timeout'],
    ['5.1.9-0+deb12u1', '-fps_mode', '-timeout'],
    ['n6.1', '-fps_mode', '-timeout'],
    ['7.0.2-static', '-fps_mode', '-timeout'],
    ['10.2', '-fps_mode', '-timeout'],
    ['N-116000-gabcdef', '-fps_mode', '-timeout'],
    ['2024-05-13-git-37db0454e4', '-fps_mode', '-timeout'],
  ])('%s: %s, %s', (version, frameRateMode, rtspTimeout) => {
    expect(ffmpegDialect(version)).toEqual({ frameRateMode, rtspTimeout });
  });
});

describe('decodeArgs', () => {
  const args = decodeArgs({ ffmpeg, shapes: [{ format: 'bgr24' }, { format: 'jpeg' }, { format: 'gray8' }] });

  it('reads IVF from stdin on one thread, without analysis and without nobuffer', () => {
    const input = args.slice(0, args.indexOf('-i'));
    expect(input.join(' ')).toContain('-threads 1 -flags low_delay -analyzeduration 0');
    expect(input).toContain('-copyts');
    expect(args.join(' ')).not.toContain('nobuffer');
  });

  it('writes each format on its own descriptor, on one thread, flushed, with exact timestamps', () => {
    const outputs = args.join(' ').split('-map 0:v:0 ').slice(1);
    expect(outputs).toHaveLength(3);
    expect(outputs.map((output) => output.trim().split(' ').at(-1))).toEqual(['pipe:1', 'pipe:3', 'pipe:4']);
    for (const output of outputs) {
      expect(output).toContain(
        '-threads 1 -fps_mode passthrough -enc_time_base 1:90000 -flush_packets 1 -write_index 0 -f nut',
      );
    }
    expect(outputs[1]).toContain('-c:v mjpeg -q:v 4');
  });

  it('takes a JPEG quality', () => {
    expect(valueOf(decodeArgs({ ffmpeg, shapes: [{ format: 'jpeg', jpegQuality: 9 }] }), '-q:v')).toBe('9');
  });

  it('selects before anything else is done to a picture, by a remainder below half a tick', () => {
    const shapes = [{ format: 'jpeg', fit: { width: 640, height: 480 } }, { format: 'png' }] as const;
    const filters = decodeArgs({ ffmpeg, shapes, selective: true }).filter((argument) =>
      argument.startsWith('select='),
    );
    expect(filters).toHaveLength(3);
    expect(filters[0]).toMatch(/^select=gte\(.*\/1\)\\,2\)\\,1\),scale=/);
    expect(filters[2]).toMatch(/,crop=2:2:0:0$/);
    expect(selectionSteps(2)).toBe(8);
  });
});

describe('shared parts', () => {
  it('leave stdin alone unless q is to be heard', () => {
    expect(globalArgs()).toContain('-nostdin');
    expect(globalArgs({ readsQuit: true })).not.toContain('-nostdin');
  });

  it('spell the frame rate mode as the version wants it', () => {
    expect(exactTimestampArgs({ version: '4.4' })).toEqual(['-vsync', 'passthrough', '-enc_time_base', '1:90000']);
    expect(nutOutputArgs(1).at(-1)).toBe('pipe:3');
  });
});

describe('vp8EncodeArgs', () => {
  it('chooses a bit rate by size and rate, within bounds', () => {
    expect(vp8BitrateBps({ width: 640, height: 360, fps: 10 })).toBe(300_000);
    expect(vp8BitrateBps({ width: 1280, height: 720, fps: 30 })).toBe(2_764_800);
    expect(vp8BitrateBps({ width: 3840, height: 2160, fps: 60 })).toBe(4_000_000);
    expect(vp8BitrateBps({ fps: 30 })).toBe(2_000_000);
  });

  it('asks for a keyframe every two seconds and holds its size well below 128 packets', () => {
    const args = vp8EncodeArgs({ width: 1280, height: 720, fps: 30, bitrateBps: 2_000_000 });
    expect(valueOf(args, '-g')).toBe('60');
    const keyframeBits = (Number(valueOf(args, '-max-intra-rate')) / 100) * (2_000_000 / 30);
    expect(keyframeBits / 8 / 1150).toBeLessThan(60);
    expect(valueOf(vp8EncodeArgs({ fps: 0.2 }), '-g')).toBe('1');
  });

  it('holds no frame back and keeps the decoder free of a segment map', () => {
    const line = vp8EncodeArgs({ fps: 10 }).join(' ');
    for (const part of ['-cpu-used 16', '-threads 1', '-lag-in-frames 0', '-auto-alt-ref 0', '-error-resilient 0']) {
      expect(line).toContain(part);
    }
  });
});

describe('liveInputArgs', () => {
  it('reads RTSP over TCP, video only, with a bound on silence, and only the protocols of RTSP', () => {
    expect(liveInputArgs({ ffmpeg, url: 'rtsp://cam/live', ioTimeoutMs: 5_000 })).toEqual([
      ...['-rtsp_transport', 'tcp', '-allowed_media_types', 'video', '-timeout', '5000000'],
      ...['-protocol_whitelist', 'rtsp,rtp,tcp,udp', '-i', 'rtsp://cam/live'],
    ]);
    expect(liveInputArgs({ ffmpeg: { version: '4.4' }, url: 'rtsp://cam/live' })).toContain('-stimeout');
  });

  it('bounds the silence of HTTP and RTMP', () => {
    for (const url of ['http://h/v.mp4', 'https://h/v.m3u8', 'rtmp://h/a/b', 'rtmps://h/a/b']) {
      const args = liveInputArgs({ ffmpeg, url });
      expect(valueOf(args, '-rw_timeout')).toBe('10000000');
      expect(valueOf(args, '-protocol_whitelist')).not.toContain('file');
      expect(args.at(-1)).toBe(url);
    }
  });

  it('plays a file in real time, looped on demand, and lets it open nothing but files', () => {
    const plain = ['-re', '-protocol_whitelist', 'file', '-i', 'file:/clips/a b.mp4'];
    expect(liveInputArgs({ ffmpeg, url: '/clips/a b.mp4' })).toEqual(plain);
    expect(liveInputArgs({ ffmpeg, url: '/clips/a b.mp4', loop: true })).toEqual([
      '-re',
      '-stream_loop',
      '-1',
      ...plain.slice(1),
    ]);
    expect(liveInputArgs({ ffmpeg, url: '/clips/a b.mp4', unpaced: true })).toEqual(plain.slice(1));
  });

  it.each([
    ['clip.mp4', 'file:clip.mp4'],
    ['C:\\clips\\a.mp4', 'file:C:\\clips\\a.mp4'],
    ['file:///clips/a%20b.mp4', 'file:/clips/a b.mp4'],
    ['file:///C:/clips/a.mp4', 'file:C:/clips/a.mp4'],
    ['file:clip.mp4', 'file:clip.mp4'],
    ['  /clips/100%.mp4 ', 'file:/clips/100%.mp4'],
    ['/clips/cam:1.mp4', 'file:/clips/cam:1.mp4'],
  ])('reads the path %j as %j', (url, expected) => {
    expect(liveInputArgs({ ffmpeg, url }).at(-1)).toBe(expected);
  });

  it('puts user and password into the URL, whatever characters they hold, in place of what is there', () => {
    const credentials = { username: 'a@b', password: 'p:/?#ä' };
    const encoded = 'rtsp://a%40b:p%3A%2F%3F%23%C3%A4@cam:554/live?x=a@b';
    expect(liveInputArgs({ ffmpeg, url: 'rtsp://cam:554/live?x=a@b', ...credentials }).at(-1)).toBe(encoded);
    expect(liveInputArgs({ ffmpeg, url: 'rtsp://old:word@cam:554/live?x=a@b', ...credentials }).at(-1)).toBe(encoded);
    expect(liveInputArgs({ ffmpeg, url: 'http://cam/v', username: 'only' }).at(-1)).toBe('http://only@cam/v');
    expect(liveInputArgs({ ffmpeg, url: '/clips/a.mp4', ...credentials }).at(-1)).toBe('file:/clips/a.mp4');
  });

  it.each([
    '',
    '   ',
    '-i',
    '--help',
    'concat:a.mp4|b.mp4',
    'subfile:,,start,0,end,9,,:/etc/passwd',
    'pipe:0',
    'data:video/mp4;base64,AAAA',
    'lavfi:color',
    'udp://127.0.0.1:1',
    'rtsp://cam/a\n-f x',
    'cam\0.mp4',
    'file://%zz',
    'file:///clips/a%zz.mp4',
    'file:///clips/a%00.mp4',
  ])('refuses %j', (url) => {
    expect(() => liveInputArgs({ ffmpeg, url })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }) as Error);
  });

  it('shows no password in what it refuses', () => {
    const refused = (): unknown => liveInputArgs({ ffmpeg, url: 'ftp://me:hunter2@host/v', password: 'hunter2' });
    expect(refused).toThrow('"ftp://***@host/v" has a scheme that is not supported');
  });

  it('knows the scheme of an URL and takes everything else for a path', () => {
    expect(['RTSP://cam', 'file:x', 'a.mp4', 'C:\\a', '/x:y'].map(inputScheme)).toEqual([
      'rtsp',
      'file',
      'file',
      'file',
      'file',
    ]);
  });
});
