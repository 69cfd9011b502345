// A message of several chunks that is broken off between two of them: its server is killed, hangs up, or the network is
// cut. The session runs on this thread, where the halves that it holds can be seen.
import { createRequire } from 'node:module';
import path from 'node:path';
import { restart } from './process-cases.mjs';
import { library, root, sleep, startServer, withSession } from './rig.mjs';

const LIMIT_MS = 90_000;
/** Long enough for what was on its way to arrive. */
const SETTLE_MS = 1_000;
const HALF_LIMIT_MS = 30_000;
const CUT_MS = 5_000;
const FREED_LIMIT_MS = 30_000;
/** The frame of which a polite server sends half a message. It hangs up after the next one, so that the half has left. */
const HALF_FRAME = 20;

/** Some 300 KB of pictures in each message, unpacked: chunks have 48 KiB. */
const FIELDS = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'];
const { steps, ...specification } = library.DEMO_WORKFLOW_SPECIFICATION;
const image = (name) => ({ type: 'JsonField', name, selector: '$steps.boxes.image' });
const LARGE_MESSAGES = {
  workflow: {
    kind: 'specification',
    specification: { ...specification, steps, outputs: ['image', ...FIELDS].map(image) },
  },
  source: { kind: 'test-pattern', width: 1280, height: 720, fps: 5 },
  dataOutput: FIELDS,
};
const UNPACKED = { noGzip: true };

/** Watches whatever puts chunks together in this process, weakly, so that it can be seen to go. */
function watchHalves() {
  const { MessageAssembler } = createRequire(import.meta.url)(path.join(root, 'dist/src/channel/message-assembler.js'));
  const original = MessageAssembler.prototype.push;
  const watch = { onChunk: () => undefined, stop: () => (MessageAssembler.prototype.push = original) };
  MessageAssembler.prototype.push = function push(chunk) {
    const whole = original.call(this, chunk);
    watch.onChunk({ assembler: this, frameId: chunk.readUInt32LE(0) });
    return whole;
  };
  return watch;
}

/**
 * Resolves with the half that the session held after the last chunk that came, for a session that notices at once lets
 * go of it; `atFirst` runs on its first chunk, before anything else can. Any message will do unless `only` names one.
 */
function halfOf(watch, observer, { atFirst = () => undefined, only } = {}) {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error('no message came in chunks')), HALF_LIMIT_MS);
    let half;
    watch.onChunk = ({ assembler, frameId }) => {
      const bytes = assembler.pendingBytes;
      if (half !== undefined) {
        if (half.held.deref() === assembler) half.bytes = bytes;
        return;
      }
      if (bytes === 0 || frameId !== (only ?? frameId)) return;
      half = { held: new WeakRef(assembler), connection: observer.reconnects, frameId, bytes };
      clearTimeout(limit);
      atFirst();
      setTimeout(() => ((watch.onChunk = () => undefined), resolve(half)), SETTLE_MS);
    };
  });
}

/** A JPEG ends with EOI. */
const isWhole = (outputs) =>
  FIELDS.every((field) => Buffer.from(outputs[field].value, 'base64').subarray(-2).toString('hex') === 'ffd9');

/** `breakOff` resolves with the half of a message, `mend` mends; the time runs from there to the next frame. */
async function brokenOff({ breakOff, mend, stays = false }) {
  const watch = watchHalves();
  const work = async (rig) => {
    const { session, observer } = rig;
    const torn = [];
    const given = [];
    session.onData(({ outputs, metadata }) => {
      if (!isWhole(outputs)) torn.push(metadata.frame_id);
      given.push(`${observer.reconnects}:${metadata.frame_id}`);
    });
    const half = await breakOff(rig, watch);
    const isGiven = given.includes(`${half.connection}:${half.frameId}`);
    await mend(rig);
    const [mendedAt, framesThen] = [performance.now(), observer.frames];
    await observer.until(() => observer.frames > framesThen + 1, LIMIT_MS);
    const recoverMs = Math.round(performance.now() - mendedAt);
    const dataThen = observer.data;
    const back = await observer.until(() => observer.data > dataThen + 15 && observer.phase === 'live', LIMIT_MS);
    const faults = back ? [] : [`no messages came any more (${observer.phase})`];
    if (half.bytes === 0) faults.push('no message was broken off');
    if (isGiven) faults.push(`the half of frame ${half.frameId} was given to the user`);
    if (torn.length > 0 || observer.codes.has('MESSAGE_MALFORMED')) faults.push(`torn messages: ${torn}`);
    if (observer.dataLost > 0) faults.push(`${observer.dataLost} data messages were lost while connected`);
    if (stays !== (observer.reconnects === 0)) faults.push(`${observer.reconnects} reconnects`);
    if (!stays && !(await isFreed(half.held))) faults.push('the half message is still in memory');
    const { dataLost, reconnects, codes } = observer;
    return { recoverMs, heldBytes: half.bytes, dataLost, reconnects, codes: [...codes], faults };
  };
  try {
    return await withSession(LARGE_MESSAGES, work, { thread: 'none', faults: UNPACKED });
  } finally {
    watch.stop();
  }
}

/** Nothing holds it any more; what closes a connection takes some seconds. */
async function isFreed(held) {
  for (const started = performance.now(); performance.now() - started < FREED_LIMIT_MS; await sleep(250)) {
    globalThis.gc();
    if (held.deref() === undefined) return true;
  }
  return false;
}

const killed = () =>
  brokenOff({
    // What the server's machine has sent already would make the message whole.
    breakOff: ({ server, proxy, observer }, watch) =>
      halfOf(watch, observer, { atFirst: () => (server.signal('SIGKILL'), proxy.impair({ cut: true })) }),
    async mend(rig) {
      rig.proxy.impair({});
      await restart(rig);
    },
  });

const hungUp = () =>
  brokenOff({
    async breakOff(rig, watch) {
      await rig.server.end('SIGKILL');
      const abort = { abortAfterFrames: HALF_FRAME + 1, abortKind: 'polite' };
      const faults = { ...UNPACKED, partialFrames: [HALF_FRAME], ...abort };
      rig.server = await startServer({ port: rig.server.port, faults });
      await rig.observer.until(() => rig.observer.phase !== 'live', LIMIT_MS);
      await rig.observer.until(() => rig.observer.phase === 'live', LIMIT_MS);
      return halfOf(watch, rig.observer, { only: HALF_FRAME });
    },
    async mend(rig) {
      await rig.server.end('SIGKILL');
      await restart(rig);
    },
  });

const cut = () =>
  brokenOff({
    stays: true,
    async breakOff({ proxy, observer }, watch) {
      const half = await halfOf(watch, observer, { atFirst: () => proxy.impair({ cut: true }) });
      await sleep(CUT_MS - SETTLE_MS);
      return half;
    },
    mend: async ({ proxy }) => void proxy.impair({}),
  });

/** In the order of the table. */
export const MESSAGE_CASES = [
  { name: 'server killed in the middle of a message', run: killed },
  { name: 'server hangs up in the middle of a message', run: hungUp },
  { name: `network cut for ${CUT_MS / 1_000} s in the middle of a message`, run: cut },
];
