import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { globalArgs, nutOutputArgs } from '../../../src/ffmpeg/arguments';
import { explain } from '../../../src/ffmpeg/failure';
import { locateFfmpeg } from '../../../src/ffmpeg/locate';
import { FfmpegProcess } from '../../../src/ffmpeg/process';
import type { FfmpegExit } from '../../../src/ffmpeg/process';
import { copyVideoArgs, liveInputArgs } from '../../../src/ffmpeg/source-arguments';

const ffmpeg = await locateFfmpeg();
const folder = mkdtempSync(join(tmpdir(), 'failure-'));
const servers: Server[] = [];

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  return address.port;
}

/** Answers `/401` with 401, and so on. */
const httpPort = await listen(
  createHttpServer((request, response) => {
    const status = Number(request.url?.slice(1));
    response.writeHead(status, status === 401 ? { 'WWW-Authenticate': 'Basic realm="camera"' } : {}).end();
  }),
);
/** Refuses every RTSP request with the status in its path. */
const rtspPort = await listen(
  createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      const sequence = /CSeq: (\d+)/.exec(chunk.toString())?.[1] ?? '1';
      const status = /\/(\d{3} [\w ]+?) RTSP/.exec(decodeURIComponent(chunk.toString()))?.[1] ?? '500 Error';
      const realm = status.startsWith('401') ? 'WWW-Authenticate: Basic realm="camera"\r\n' : '';
      socket.write(`RTSP/1.0 ${status}\r\nCSeq: ${sequence}\r\n${realm}\r\n`);
    });
  }),
);
/** Accepts and says nothing. */
const silentPort = await listen(createServer((socket) => socket.on('error', () => undefined)));

afterAll(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

function file(name: string, content: Buffer | string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

/** Tries to read `url` as a source does and returns how FFmpeg ended. */
async function failureOf(url: string): Promise<FfmpegExit> {
  const input = liveInputArgs({ ffmpeg, url, username: 'viewer', password: 'swordfish', ioTimeoutMs: 300 });
  const child = new FfmpegProcess(ffmpeg, {
    args: [...globalArgs(), ...input, ...copyVideoArgs(), ...nutOutputArgs(0)],
    input: 'none',
    outputs: 1,
    onOutput: () => undefined,
    secrets: ['swordfish'],
  });
  return child.exited;
}

function truncatedMp4(): Buffer {
  const made = spawnSync(ffmpeg.path, [
    ...['-loglevel', 'error', '-f', 'lavfi', '-i', 'color=s=64x64:r=5', '-t', '1', '-c:v', 'mpeg4'],
    ...['-f', 'mp4', '-y', join(folder, 'whole.mp4')],
  ]);
  expect(made.status).toBe(0);
  return spawnSync('head', ['-c', '100', join(folder, 'whole.mp4')]).stdout;
}

function soundOnly(): string {
  const path = join(folder, 'sound.wav');
  spawnSync(ffmpeg.path, ['-loglevel', 'error', '-f', 'lavfi', '-i', 'sine', '-t', '0.2', '-y', path]);
  return path;
}

const rtsp = (status: string): string => `rtsp://127.0.0.1:${rtspPort}/${encodeURIComponent(status)}`;

type Expected = [name: string, url: () => string, code: string, retry: boolean, text: RegExp];
const failures: Expected[] = [
  ['RTSP 401', () => rtsp('401 Unauthorized'), 'SOURCE_UNAUTHORIZED', false, /refused user and password \(401\)/],
  ['RTSP 404', () => rtsp('404 Not Found'), 'SOURCE_UNREACHABLE', true, /\(404\)/],
  ['RTSP 453', () => rtsp('453 Not Enough Bandwidth'), 'SOURCE_UNREACHABLE', true, /too many viewers/],
  ['RTSP 503', () => rtsp('503 Service Unavailable'), 'SOURCE_UNREACHABLE', true, /\(5xx\)/],
  ['HTTP 401', () => `http://127.0.0.1:${httpPort}/401`, 'SOURCE_UNAUTHORIZED', false, /\(401\)/],
  ['HTTP 403', () => `http://127.0.0.1:${httpPort}/403`, 'SOURCE_UNAUTHORIZED', false, /\(403\)/],
  ['HTTP 404', () => `http://127.0.0.1:${httpPort}/404`, 'SOURCE_UNREACHABLE', true, /\(404\)/],
  ['HTTP 410', () => `http://127.0.0.1:${httpPort}/410`, 'SOURCE_UNREACHABLE', true, /\(4xx\)/],
  ['HTTP 503', () => `http://127.0.0.1:${httpPort}/503`, 'SOURCE_UNREACHABLE', true, /\(5xx\)/],
  ['a closed port', () => 'rtsp://127.0.0.1:1/live', 'SOURCE_UNREACHABLE', true, /refused the connection/],
  ['an unknown host', () => 'rtsp://camera.invalid/live', 'SOURCE_UNREACHABLE', true, /host name/],
  ['a silent RTSP server', () => `rtsp://127.0.0.1:${silentPort}/live`, 'SOURCE_UNREACHABLE', true, /in time/],
  ['a silent HTTP server', () => `http://127.0.0.1:${silentPort}/live`, 'SOURCE_UNREACHABLE', true, /in time/],
  ['a silent RTMP server', () => `rtmp://127.0.0.1:${silentPort}/a/b`, 'SOURCE_UNREACHABLE', true, /in time/],
  ['a missing file', () => join(folder, 'nothing.mp4'), 'SOURCE_FILE_UNREADABLE', false, /does not exist/],
  ['a folder', () => folder, 'SOURCE_FILE_UNREADABLE', false, /folder/],
  ['a text file', () => file('text.mp4', 'no video at all\n'.repeat(99)), 'SOURCE_UNSUPPORTED', false, /no video/],
  ['an empty file', () => file('empty.mp4', ''), 'SOURCE_UNSUPPORTED', false, /no video/],
  ['a file cut off', () => file('cut.mp4', truncatedMp4()), 'SOURCE_UNSUPPORTED', false, /has no index/],
  ['a file without video', soundOnly, 'SOURCE_UNSUPPORTED', false, /no video/],
  [
    'a playlist that leads elsewhere',
    () => file('list.m3u8', '#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/a.ts\n'),
    'SOURCE_UNSUPPORTED',
    false,
    /not a video|protocol/,
  ],
];

describe('explain, from what the real FFmpeg says', () => {
  it.each(failures)('%s', async (...row) => {
    const [, url, code, retry, text] = row;
    const exit = await failureOf(url());
    const error = explain(exit, 'Camera rtsp://viewer:swordfish@cam/live', ['swordfish']);
    expect([exit.stderrTail, error.code, error.retry]).toEqual([exit.stderrTail, code, retry]);
    expect(error.message).toMatch(text);
    expect(error.message).toMatch(/^Camera rtsp:\/\/\*\*\*@cam\/live /);
    expect(JSON.stringify(error.toData())).not.toContain('swordfish');
  });

  it.each([
    [['-f', 'lavfi', '-i', 'color', '-c:v', 'libnope', '-f', 'null', '-'], /encoder that this FFmpeg lacks/],
    [['-nosuchoption', '1', '-f', 'lavfi', '-i', 'color', '-f', 'null', '-'], /option that this FFmpeg does not have/],
  ])('a command line that this FFmpeg cannot do: %s', async (args, text) => {
    const child = new FfmpegProcess(ffmpeg, { args, input: 'none', outputs: 1, onOutput: () => undefined });
    const error = explain(await child.exited, 'The encoder');
    expect(error).toMatchObject({ code: 'FFMPEG_FAILED', retry: false });
    expect(error.message).toMatch(text);
  });
});
