// The parts of a benchmark as children: the aiortc peer of test/interop, both clients, a camera, clips made once.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { EventEmitter, once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

export const root = path.resolve(import.meta.dirname, '..');
const require = createRequire(import.meta.url);
const INTEROP = path.join(root, 'test/interop');
const WAIT_MS = 60_000;

function python(name, override) {
  const found = process.env[override] ?? path.join(root, '.interop', name, 'bin/python');
  if (existsSync(found)) return found;
  throw new Error(`The Python environment ${name} is not there: run "npm run test:interop" once, or set ${override}.`);
}

/** A child that speaks lines of JSON with an `event`. */
export class Talker {
  #events = [];
  #arrivals = new EventEmitter();
  #stderr = '';

  constructor(command, args, env = {}) {
    this.child = spawn(command, args, { stdio: 'pipe', env: { ...process.env, PYTHONPATH: INTEROP, ...env } });
    this.child.stderr.on('data', (chunk) => (this.#stderr = (this.#stderr + chunk).slice(-2_000)));
    this.child.on('exit', () => this.#arrivals.emit('event'));
    this.#arrivals.setMaxListeners(0);
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      if (!line.startsWith('{')) return;
      this.#events.push(JSON.parse(line));
      this.#arrivals.emit('event');
    });
  }

  get pid() {
    return this.child.pid;
  }

  /** The first event that fits, past or to come. */
  async event(name, { fits = () => true, from = 0, waitMs = WAIT_MS } = {}) {
    const signal = AbortSignal.timeout(waitMs);
    for (;;) {
      const found = this.#events.slice(from).find((event) => event.event === name && fits(event));
      if (found !== undefined) return found;
      if (this.child.exitCode !== null) throw new Error(`it ended before "${name}": ${this.#stderr}`);
      await once(this.#arrivals, 'event', { signal }).catch(() => {
        throw new Error(`no "${name}" in ${waitMs / 1_000} s: ${this.#stderr}`);
      });
    }
  }

  count() {
    const from = this.#events.length;
    this.child.stdin.write('count\n');
    return this.event('count', { from });
  }

  async stop() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.stdin.end();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 5_000);
    await exited;
    clearTimeout(timer);
  }
}

/** The peer that both clients talk to. */
export async function startPeer() {
  const peer = new Talker(python('aiortc', 'INTEROP_AIORTC_PYTHON'), ['-B', path.join(INTEROP, 'aiortc_server.py')]);
  const { port } = await peer.event('listening');
  peer.url = `http://127.0.0.1:${port}`;
  return peer;
}

/** `who`: `ours` or `official`. */
export function startClient(who, url, mode, target = '') {
  const args = [url, mode, target];
  if (who === 'ours') return new Talker(process.execPath, [path.join(import.meta.dirname, 'our_client.mjs'), ...args]);
  const script = path.join(import.meta.dirname, 'official_client.py');
  return new Talker(python('inference-sdk', 'INTEROP_SDK_PYTHON'), ['-B', script, ...args]);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function startCamera(clip) {
  const port = await freePort();
  const child = spawn('/usr/bin/python3', ['-B', path.join(import.meta.dirname, 'rtsp_camera.py'), clip, String(port)]);
  await once(child.stdout, 'data');
  const stop = async () => {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  return { url: `rtsp://127.0.0.1:${port}/cam`, stop };
}

const CLIPS = path.join(root, '.bench');

/** Makes a clip with FFmpeg unless it is there. */
function clip(name, args) {
  const file = path.join(CLIPS, name);
  mkdirSync(CLIPS, { recursive: true });
  if (existsSync(file)) return file;
  const partial = path.join(CLIPS, `making-${name}`);
  const made = spawnSync('ffmpeg', ['-v', 'error', '-y', ...args, partial], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (made.status !== 0) throw new Error(`FFmpeg could not make ${name}`);
  // Last, so that a file that is there is whole.
  renameSync(partial, file);
  return file;
}

const H264 = [
  '-pix_fmt',
  'yuv420p',
  '-c:v',
  'libx264',
  '-preset',
  'veryfast',
  '-profile:v',
  'baseline',
  '-g',
  '30',
  '-bf',
  '0',
];

/** What a camera of 1280x720 at 30 frames a second sends: moving, at 3 Mbit/s. */
export const cameraClip = (seconds) =>
  clip(`camera-${seconds}.mp4`, [
    ...['-f', 'lavfi', '-i', 'testsrc2=size=1280x720:rate=30,noise=alls=4:allf=t', '-t', String(seconds)],
    ...[...H264, '-b:v', '3M', '-maxrate', '3M', '-bufsize', '1M'],
  ]);

/** Pictures that hold their numbers, as our test pattern has them. */
export function numberedClip(fps, seconds) {
  const { testPatternGraph } = require(path.join(root, 'dist/src/source/test-pattern.js'));
  const graph = testPatternGraph({ width: 640, height: 360, fps });
  return clip(`numbered-${fps}-${seconds}.mp4`, [
    '-f',
    'lavfi',
    '-i',
    graph,
    '-t',
    String(seconds),
    ...H264,
    '-b:v',
    '2M',
  ]);
}

export const fileClip = (frames) =>
  clip(`file-${frames}.mp4`, [
    '-f',
    'lavfi',
    '-i',
    'testsrc2=size=640x480:rate=30',
    '-frames:v',
    String(frames),
    ...H264,
  ]);

/** The camera's picture as the server sends it back: VP8. */
export const returnedClip = (seconds) =>
  clip(`returned-${seconds}.ivf`, [
    ...['-f', 'lavfi', '-i', 'testsrc2=size=1280x720:rate=30', '-t', String(seconds), '-c:v', 'libvpx'],
    ...['-deadline', 'realtime', '-cpu-used', '16', '-b:v', '1500k'],
  ]);

export const bulkFile = (megabytes) =>
  clip(`bulk-${megabytes}.mp4`, [
    '-f',
    'rawvideo',
    '-s',
    '1000x1000',
    '-pix_fmt',
    'gray',
    '-i',
    '/dev/urandom',
    ...['-frames:v', String(megabytes), '-c:v', 'rawvideo', '-f', 'nut'],
  ]);
