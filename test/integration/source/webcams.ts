/** The stand-in FFmpeg of a machine with webcams: its path, what it was asked, and a plug to pull. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface Webcams {
  ffmpegPath: string;
  logFile: string;
  /** Command lines about webcams so far. */
  asked(): string[];
  unplug(): Promise<void>;
  plugIn(): Promise<void>;
  stop(): Promise<void>;
}

/** Works through the environment of this process, which its children inherit. */
export async function startWebcams(): Promise<Webcams> {
  const folder = await mkdtemp(join(tmpdir(), 'webcams-'));
  const logFile = join(folder, 'log');
  const plug = join(folder, 'unplugged');
  Object.assign(process.env, { WEBCAM_LOG: logFile, WEBCAM_UNPLUGGED: plug });
  return {
    ffmpegPath: resolve(__dirname, '../../fixtures/programs/ffmpeg-with-webcams.sh'),
    logFile,
    asked: () => (existsSync(logFile) ? readFileSync(logFile, 'utf8').trim().split('\n') : []),
    unplug: () => writeFile(plug, ''),
    plugIn: () => rm(plug, { force: true }),
    async stop() {
      delete process.env['WEBCAM_LOG'];
      delete process.env['WEBCAM_UNPLUGGED'];
      await rm(folder, { recursive: true });
    },
  };
}
