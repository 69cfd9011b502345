// Preloaded into the Node-RED of slow-flow.mjs: has each thread of its sessions collect garbage every few seconds, as the
// host does on its own thread. What grows then is kept, and does not wait for V8 to find it worth its while.
import { isMainThread } from 'node:worker_threads';

const PAUSE_MS = 3_000;

if (!isMainThread) setInterval(() => globalThis.gc?.(), PAUSE_MS).unref();
