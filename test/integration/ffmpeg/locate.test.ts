import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { locateFfmpeg } from '../../../src/ffmpeg/locate';
import type { LocateHost } from '../../../src/ffmpeg/locate';

let folder = '';
let probes = '';

/** A program that answers as FFmpeg does, and notes each call. */
async function program(name: string, body?: string): Promise<string> {
  const path = join(folder, name);
  const answers = `if [ "$1" = -version ]; then echo "ffmpeg version 9.1-${name} Copyright"; else printf 'Encoders:\\n V....D libvpx               VP8\\n VFS..D mjpeg    M\\n A....D aac      A\\n'; fi`;
  await writeFile(path, `#!/bin/sh\necho "${name} $*" >> ${probes}\n${body ?? answers}\n`);
  await chmod(path, 0o755);
  return path;
}

function host(overrides: Partial<LocateHost> = {}): LocateHost {
  return {
    environment: {},
    staticPath: () => {
      throw Object.assign(new Error("Cannot find module 'ffmpeg-static'"), { code: 'MODULE_NOT_FOUND' });
    },
    pathName: join(folder, 'nothing-here'),
    probeTimeoutMs: 20_000,
    probed: new Map(),
    ...overrides,
  };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'locate-'));
  probes = join(folder, 'calls');
});
afterAll(() => rm(folder, { recursive: true }));

describe('locateFfmpeg', () => {
  it('takes the first of setting, runtime setting, FFMPEG_BIN, ffmpeg-static and PATH', async () => {
    const [a, b, c, d, e] = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => program(name)));
    const full = host({ environment: { FFMPEG_BIN: c }, staticPath: () => d, pathName: e ?? '' });
    const order = [
      await locateFfmpeg({ settingPath: a, runtimePath: b }, full),
      await locateFfmpeg({ settingPath: ' ', runtimePath: b }, full),
      await locateFfmpeg({}, full),
      await locateFfmpeg({}, { ...full, environment: {} }),
      await locateFfmpeg({}, { ...full, environment: {}, staticPath: () => null }),
    ];
    expect(order.map(({ origin, path }) => [origin, path])).toEqual([
      ['setting', a],
      ['runtime', b],
      ['environment', c],
      ['ffmpeg-static', d],
      ['path', e],
    ]);
    expect(order[0]).toMatchObject({ version: '9.1-a', encoders: new Set(['libvpx', 'mjpeg', 'aac']) });
  });

  it('probes a path once, however many ask at the same time', async () => {
    const path = await program('once');
    const shared = host();
    await Promise.all([1, 2, 3].map(() => locateFfmpeg({ settingPath: path }, shared)));
    await locateFfmpeg({ runtimePath: path }, shared);
    const { readFile } = await import('node:fs/promises');
    const calls = (await readFile(probes, 'utf8')).split('\n').filter((line) => line.startsWith('once '));
    expect(calls.sort()).toEqual(['once -hide_banner -encoders', 'once -version']);
  });

  it('does not remember a failure: a program may be installed at any time', async () => {
    const shared = host({ pathName: join(folder, 'later') });
    await expect(locateFfmpeg({}, shared)).rejects.toMatchObject({ code: 'FFMPEG_NOT_FOUND' });
    await program('later');
    expect(await locateFfmpeg({}, shared)).toMatchObject({ origin: 'path' });
  });

  it('refuses a named path that does not work, naming it and where it was named, although another would work', async () => {
    const good = await program('good');
    const missing = join(folder, 'missing');
    const withGood = host({ pathName: good });
    const cases = [
      [{ settingPath: missing }, withGood, 'FFmpeg path of the session'],
      [{ runtimePath: missing }, withGood, 'webrtcSessionFfmpegPath'],
      [{}, { ...withGood, environment: { FFMPEG_BIN: missing } }, 'FFMPEG_BIN'],
    ] as const;
    for (const [options, on, place] of cases) {
      const error: unknown = await locateFfmpeg(options, on).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'FFMPEG_NOT_FOUND' });
      expect(String(error)).toContain(`${missing} does not work: no such program`);
      expect(String(error)).toContain(place);
    }
  });

  it('passes over ffmpeg-static whose program was never fetched, is not executable or not for this machine', async () => {
    const good = await program('good');
    const plain = join(folder, 'not-executable');
    await writeFile(plain, 'x');
    await chmod(plain, 0o644);
    const broken = await program('broken', 'exit 126');
    for (const path of [join(folder, 'never-fetched'), plain, broken]) {
      const found = await locateFfmpeg({}, host({ staticPath: () => path, pathName: good }));
      expect(found).toMatchObject({ origin: 'path', path: good });
    }
  });

  it('says what it tried and the remedy for every system when there is none', async () => {
    const fetchedNot = join(folder, 'never-fetched');
    const error: unknown = await locateFfmpeg({}, host({ staticPath: () => fetchedNot })).catch(
      (thrown: unknown) => thrown,
    );
    const text = String(error);
    expect(error).toMatchObject({ code: 'FFMPEG_NOT_FOUND', retry: false });
    for (const part of [
      `${fetchedNot}: the package is installed but its program was not fetched`,
      'nothing-here: no such program',
      'apt install ffmpeg',
      'apk add ffmpeg',
      'brew install ffmpeg',
      'winget install Gyan.FFmpeg',
      'npm install-scripts approve ffmpeg-static',
      'npm rebuild ffmpeg-static',
    ])
      expect(text).toContain(part);
  });

  it('tells a program that is not FFmpeg, one that fails and one that never answers', async () => {
    const cases = [
      [await program('stranger', 'echo hello'), 'does not answer -version'],
      [await program('failing', 'exit 4'), 'exit code 4'],
      [await program('hanging', 'exec sleep 20'), 'did not answer within 200 ms'],
    ] as const;
    for (const [settingPath, reason] of cases) {
      await expect(locateFfmpeg({ settingPath }, host({ probeTimeoutMs: 200 }))).rejects.toThrow(reason);
    }
  });

  it('finds the real FFmpeg of this machine with the encoders that the palette uses', async () => {
    const { version, encoders } = await locateFfmpeg();
    expect(version).not.toBe('');
    expect(encoders).toContain('libvpx');
    expect(encoders).toContain('mjpeg');
    expect(encoders).toContain('rawvideo');
  });
});
