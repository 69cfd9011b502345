/**
 * Imported before everything else by a worker: the FFmpeg of the one whom the thread was started for is asked what it is
 * while the thread loads what else it needs. Every session and the demo server look for it, and find the answer there,
 * for `locate` keeps it.
 */
import { workerData } from 'node:worker_threads';
import { locateFfmpeg } from '../ffmpeg/locate';
import type { WorkerSetup } from './messages';

const { ffmpegPath } = workerData as WorkerSetup;
locateFfmpeg({ settingPath: ffmpegPath }).catch(() => undefined); // told to whoever needs it
