import { describe, expect, it } from 'vitest';
import { explain } from '../../../src/ffmpeg/failure';
import type { FfmpegExit } from '../../../src/ffmpeg/process';

describe('explain', () => {
  const exit: FfmpegExit = { code: null, signal: null, stderrTail: '', closedByUs: false };

  it('names signal, exit code and the last line where no row of the table fits', () => {
    const cases: [Partial<FfmpegExit>, string][] = [
      [{ signal: 'SIGKILL' }, 'The decoder: FFmpeg ended unexpectedly (signal SIGKILL).'],
      [{ code: 3, stderrTail: 'a\nodd thing\n' }, 'The decoder: FFmpeg ended unexpectedly (exit code 3: odd thing).'],
    ];
    for (const [overrides, message] of cases) {
      expect(explain({ ...exit, ...overrides }, 'The decoder')).toMatchObject({
        code: 'FFMPEG_FAILED',
        retry: true,
        message,
      });
    }
  });

  it('says what helps against the crash of a static build', () => {
    const error = explain({ ...exit, signal: 'SIGSEGV' }, 'Camera rtsp://cam/1');
    expect(error.message).toMatch(/^Camera rtsp:\/\/cam\/1: FFmpeg crashed \(SIGSEGV\)\. .* IP address\.$/);
  });

  it.each([
    // FFmpeg 7.0.2 puts three lines where 5.1 has one.
    [
      '[in#0 @ 0x1] Error opening input: Invalid data found when processing input\n' +
        'Error opening input file rtsp://127.0.0.1:18556/x.\n' +
        'Error opening input files: Invalid data found when processing input',
      'SOURCE_UNREACHABLE',
    ],
    [
      '[rtsp @ 0x1] method DESCRIBE failed: 401 Unauthorized\n[in#0 @ 0x2] Error opening input: ' +
        'Server returned 401 Unauthorized (authorization failed)\nError opening input file rtsp://cam/1.',
      'SOURCE_UNAUTHORIZED',
    ],
    [
      '[tls @ 0x1] IO error: Connection timed out\n[in#0 @ 0x2] Error opening input: Connection timed out',
      'SOURCE_UNREACHABLE',
    ],
    ['[nut @ 0x1] dimensions not set\nCould not write header for output file #0', 'SOURCE_UNSUPPORTED'],
    // Camera gone in mid-stream: nothing but the socket's error.
    ['[rtsp @ 0x1] CSeq 9 expected, 0 received.\nrtsp://cam/1: Connection reset by peer', 'SOURCE_UNREACHABLE'],
    ['/media/private.mp4: Permission denied', 'SOURCE_FILE_UNREADABLE'],
    ['Error while filtering: Cannot allocate memory', 'FFMPEG_FAILED'],
  ])('knows %j', (stderrTail, code) => {
    expect(explain({ ...exit, code: 1, stderrTail }, 'Source').code).toBe(code);
  });
});
