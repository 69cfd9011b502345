// Faults of the network: a session that runs, a while of the fault, and the network as before.
import { sleep, withSession } from './rig.mjs';

/** More than such a line carries. */
const LARGE = { kind: 'test-pattern', width: 1280, height: 720, fps: 15 };

/** `quick`: part of CI. `reconnects`: the connection may be given up and made anew. */
export const NETWORK_CASES = [
  { name: 'packet loss 1 %', rules: { loss: 0.01 } },
  { name: 'packet loss 5 %', rules: { loss: 0.05 }, quick: true },
  { name: 'packet loss 20 %', rules: { loss: 0.2 } },
  { name: 'jitter 200 ms', rules: { jitterMs: 200 } },
  { name: 'reordering 10 %', rules: { reorder: 0.1 } },
  { name: 'duplicates 20 %', rules: { duplicate: 0.2 } },
  { name: 'one bit wrong in 2 % of the packets', rules: { corrupt: 0.02 } },
  { name: 'delay 150 ms each way', rules: { delayMs: 150 } },
  { name: 'MTU 1280', rules: { mtu: 1280 } },
  { name: 'upstream 0.3 Mbit/s for 1280x720', rules: { upstreamBps: 300_000 }, over: { source: LARGE } },
  { name: 'cut of 1 s', rules: { cut: true }, seconds: 1, quick: true },
  { name: 'cut of 10 s', rules: { cut: true }, seconds: 10 },
  { name: 'cut of 60 s', rules: { cut: true }, seconds: 60, reconnects: true },
];
const RECOVERY_LIMIT_MS = 90_000;

/** Resolves with one row: what was measured, and what should not have happened. */
export function runNetworkCase({ name, rules, seconds = 10, reconnects = false, over = {} }, { quick }) {
  return withSession(over, async ({ proxy, observer }) => {
    const before = { frames: observer.frames, data: observer.data };
    const counters = { ...proxy.counters };
    const started = performance.now();
    proxy.impair(rules);
    await sleep(Math.min(seconds, quick ? 3 : Infinity) * 1_000);
    const during = { frames: observer.frames - before.frames, data: observer.data - before.data };
    const impairedMs = performance.now() - started;
    proxy.impair({});
    const cleanAt = performance.now();
    const framesThen = observer.frames;
    const recovered = await observer.until(() => observer.frames > framesThen, RECOVERY_LIMIT_MS);
    const recoverMs = Math.round(performance.now() - cleanAt);
    const again = await observer.until(() => observer.frames > framesThen + 30, RECOVERY_LIMIT_MS);
    const faults = [];
    if (!recovered || !again) faults.push('no frames came any more');
    if (observer.dataLost > 0) faults.push(`${observer.dataLost} data messages were lost while connected`);
    if (!reconnects && observer.reconnects > 0) faults.push('the connection was given up');
    return {
      case: name,
      seconds: Math.round(impairedMs / 100) / 10,
      framesASecond: Math.round((during.frames * 10_000) / impairedMs) / 10,
      dataASecond: Math.round((during.data * 10_000) / impairedMs) / 10,
      recoverMs,
      dataLost: observer.dataLost,
      reconnects: observer.reconnects,
      datagrams: proxy.counters.passed - counters.passed,
      dropped: proxy.counters.dropped - counters.dropped,
      codes: [...observer.codes],
      faults,
    };
  });
}
