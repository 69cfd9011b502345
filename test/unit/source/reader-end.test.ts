import { describe, expect, it } from 'vitest';
import { readerEnd } from '../../../src/source/reader-end';
import type { ReaderEnd } from '../../../src/source/reader-end';

type Case = Partial<Omit<ReaderEnd, 'exit'>> & Partial<ReaderEnd['exit']>;

function end({ code = 0, signal = null, stderrTail = '', closedByUs = false, ...rest }: Case): ReaderEnd {
  return {
    ...{ what: 'Camera rtsp://cam1/live', secrets: [], live: true, delivered: true, ...rest },
    exit: { code, signal, stderrTail, closedByUs },
  };
}

const cases: [string, Case, [string, boolean] | null][] = [
  ['a camera that ends its stream has stalled', {}, ['SOURCE_STALLED', true]],
  ['so has one whose connection breaks', { stderrTail: 'x: Connection timed out' }, ['SOURCE_STALLED', true]],
  ['whatever the exit code', { code: 1, stderrTail: 'x: Connection refused' }, ['SOURCE_STALLED', true]],
  ['a camera that ends before it began was not there', { delivered: false }, ['SOURCE_UNREACHABLE', true]],
  [
    'one that refuses the password stays refused',
    { delivered: false, code: 1, stderrTail: 'Server returned 401 Unauthorized' },
    ['SOURCE_UNAUTHORIZED', false],
  ],
  ['a killed FFmpeg is no fault of the camera', { code: null, signal: 'SIGKILL' }, ['FFMPEG_FAILED', true]],
  ['a file ends', { live: false }, null],
  ['a file without pictures is of no use', { live: false, delivered: false }, ['SOURCE_UNSUPPORTED', false]],
  [
    'a download that breaks off is not an end',
    { live: false, stderrTail: '[https @ 0x1] Stream ends prematurely at 100, should be 200' },
    ['SOURCE_STALLED', true],
  ],
  ['decoder complaints are no broken download', { live: false, stderrTail: '[h264] error while decoding MB' }, null],
  [
    'text is not a video',
    { live: false, delivered: false, code: 1, stderrTail: 'a.txt: Invalid data found when processing input' },
    ['SOURCE_UNSUPPORTED', false],
  ],
];

describe('readerEnd', () => {
  it.each(cases)('%s', (_, change, expected) => {
    const error = readerEnd(end(change));
    expect(error && [error.code, error.retry]).toEqual(expected);
  });
});
