// Faults of processes and of the server's word: something is killed, stopped or answers wrongly, and is well again.
// Workers, cameras and Node itself are killed in test/integration (worker-death, camera-session, whole-process).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { ffmpegChildren } from '../ffmpeg-children.mjs';
import { demoOptions, library, LIBRARY, Observer, sleep, startServer, unhandled, withSession } from './rig.mjs';

const LIMIT_MS = 90_000;
const SLOW_FRAMES = 8;

/** Frames flow, `breakIt` breaks it, `mendIt` mends it; the time runs from there to the next frame. */
export const brokenAndMended = (breakIt, mendIt, over = {}) =>
  withSession(over, async (rig) => {
    const { observer } = rig;
    await breakIt(rig);
    await mendIt(rig);
    const [mendedAt, framesThen] = [performance.now(), observer.frames];
    const back = await observer.until(() => observer.frames > framesThen + 1, LIMIT_MS);
    const recoverMs = Math.round(performance.now() - mendedAt);
    const steady = back && (await observer.until(() => observer.frames > framesThen + 30, LIMIT_MS));
    return {
      recoverMs,
      dataLost: observer.dataLost,
      reconnects: observer.reconnects,
      codes: [...observer.codes],
      faults: steady ? [] : [`no frames came any more (${observer.phase})`],
    };
  });

export const restart = async (rig) => (rig.server = await startServer({ port: rig.server.port }));
const mendAnswers = async ({ proxy }) => void proxy.impair({});
const nothing = () => Promise.resolve();

export function killFfmpeg(word, signal) {
  const [pid] = ffmpegChildren(word);
  if (pid === undefined) throw new Error(`no FFmpeg of "${word}" runs`);
  process.kill(pid, signal);
  return pid;
}

/** Answers go wrong while the server restarts: the first tries meet them. */
const wrongAnswers = (rules) =>
  brokenAndMended(async (rig) => {
    rig.proxy.impair(rules);
    await rig.server.end('SIGKILL');
    await restart(rig);
    const requests = rig.proxy.requests;
    while (rig.proxy.requests < requests + 1 || rig.observer.phase === 'live') await sleep(50);
    await sleep(500);
  }, mendAnswers);

/** No stream is left of the quota when the session comes back; it waits the minute that servers take to free one. */
const outOfQuota = () =>
  brokenAndMended(async (rig) => {
    const { port } = rig.server;
    await rig.server.end('SIGKILL');
    rig.server = await startServer({ port, faults: { forcedAnswer: 'quota', forcedAnswerTimes: 1 } });
    await rig.observer.until(() => rig.observer.codes.has('QUOTA_EXCEEDED'), LIMIT_MS);
  }, nothing);

/** A session whose server has a name that does not resolve says so and keeps trying. */
async function noSuchName() {
  const session = new library.WebRTCSession(demoOptions('http://no-such-host.invalid:9001'));
  const observer = new Observer(session);
  const started = performance.now();
  session.start();
  const waits = await observer.until(() => observer.phase === 'reconnecting', LIMIT_MS);
  const result = { recoverMs: Math.round(performance.now() - started), codes: [...observer.codes] };
  await session.close();
  return { ...result, faults: waits && observer.codes.has('SERVER_UNREACHABLE') ? [] : ['it did not say so'] };
}

/** The wall clock jumps an hour there and back, twice a second, in every thread of the session's process. */
async function jumpingClock() {
  const program = path.join(import.meta.dirname, '../fixtures/programs/whole-session.mjs');
  const jump = path.join(import.meta.dirname, 'jumping-clock.mjs');
  const child = spawn(process.execPath, [program, LIBRARY, 'until-data'], {
    env: { ...process.env, NODE_OPTIONS: `--import ${jump}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  const [code] = await once(child, 'exit');
  clearTimeout(timer);
  const counts = JSON.parse(text.trim().split('\n').at(-1) || '{}');
  return { ...counts, faults: code === 0 && counts.frames >= 20 ? [] : [`it ended with ${code}: ${text}`] };
}

/** A handler that throws each time and one ten times too slow, on the same session. */
const badConsumers = () =>
  withSession({ source: { kind: 'test-pattern', width: 480, height: 270, fps: 30 } }, async ({ session, observer }) => {
    session.onData(() => {
      throw new Error('a flow threw');
    });
    session.onFrame(() => Promise.reject(new Error('a flow rejected')));
    const slow = session.video();
    let taken = 0;
    const [started, before] = [performance.now(), observer.frames];
    for await (const frame of slow) {
      taken += frame === undefined ? 0 : 1;
      await sleep(330);
      if (taken === SLOW_FRAMES) break;
    }
    const frames = observer.frames - before;
    const fps = Math.round((frames * 10_000) / (performance.now() - started)) / 10;
    // On the slowest machine the others get their pictures meanwhile.
    const faults = frames > taken && observer.dataLost === 0 ? [] : [`others were held up: ${frames} to ${taken}`];
    return { framesASecond: fps, dataLost: observer.dataLost, codes: [...observer.codes], faults };
  });

/** In the order of the table. */
export const PROCESS_CASES = [
  {
    name: 'server killed, back after 2 s',
    quick: true,
    run: () => brokenAndMended((rig) => rig.server.end('SIGKILL').then(() => sleep(2_000)), restart),
  },
  {
    name: 'server stopped (SIGSTOP) for 30 s',
    run: () =>
      brokenAndMended(
        async ({ server }) => (server.signal('SIGSTOP'), sleep(30_000)),
        async ({ server }) => server.signal('SIGCONT'),
      ),
  },
  {
    name: 'server restarts and answers nonsense for a while',
    run: () => wrongAnswers({ answer: 'nonsense' }),
  },
  { name: 'server restarts and its answers break off', run: () => wrongAnswers({ answer: 'torn' }) },
  { name: 'server restarts and answers after 5 s', run: () => wrongAnswers({ answerDelayMs: 5_000 }) },
  { name: 'server restarts and is out of quota', run: outOfQuota },
  {
    name: 'FFmpeg of the source killed',
    quick: true,
    run: () => brokenAndMended(async () => killFfmpeg('lavfi', 'SIGKILL'), nothing),
  },
  {
    name: 'FFmpeg of the source stopped',
    run: () => brokenAndMended(async () => killFfmpeg('lavfi', 'SIGSTOP'), nothing),
  },
  {
    name: 'FFmpeg of the decoder killed',
    run: () => brokenAndMended(async () => killFfmpeg('mjpeg', 'SIGKILL'), nothing),
  },
  {
    name: 'FFmpeg of the decoder stopped',
    run: () => brokenAndMended(async () => killFfmpeg('mjpeg', 'SIGSTOP'), nothing),
  },
  { name: 'name of the server does not resolve', run: noSuchName },
  { name: 'wall clock jumps by an hour, twice a second', run: jumpingClock },
  { name: 'handlers that throw, one ten times too slow', quick: true, run: badConsumers },
];

/** Resolves with one row. */
export async function runProcessCase({ name, run }) {
  const before = unhandled.length;
  const row = await run();
  const faults = [...row.faults, ...unhandled.slice(before).map((reason) => `unhandled rejection: ${reason}`)];
  return { case: name, ...row, faults };
}
