/** Runs PyPI's `inference-sdk` (`official_client.py`) against a server and returns what it got. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { interopPython } from './venvs';

/** What the official client's handlers saw. */
export interface OfficialResult {
  frames: number;
  data: number;
  frameSize: [number, number] | null;
  /** Names in the data messages. */
  fields: string[];
  /** `frame_id` of each data message in order. */
  frameIds: number[];
  frameMetadataIds: number[];
  /** Calls of the handler of the field `motion`. */
  fieldCalls: number;
  motionFrames: number;
  mostDetections: number;
  errors: string[];
  /** Uploads: chunks sent, chunks in all. */
  progress: [number, number] | null;
  /** It saw the server's completion message. */
  completed: boolean;
  /** It did not end by itself. */
  closedByLimit: boolean;
  firstResultMs: number | null;
  seconds: number;
}

/** What it is asked to do. */
export interface OfficialRun {
  url: string;
  /** See official_client.py. */
  mode: 'manual' | 'file' | 'track';
  clip: string;
  /** `manual` only. */
  frames?: number;
  specification: Record<string, unknown>;
}

/** Longer than the client's own limit. */
const TIMEOUT_MS = 90_000;

/** Rejects with the client's stderr when it fails. */
export async function runOfficialClient(order: OfficialRun): Promise<OfficialResult> {
  const python = await interopPython('inference-sdk');
  const program = join(import.meta.dirname, 'official_client.py');
  const args = ['-B', program, order.url, order.mode, order.clip, String(order.frames ?? 0)];
  return new Promise((resolve, reject) => {
    const child = execFile(python, args, { timeout: TIMEOUT_MS, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout) as OfficialResult);
      else reject(new Error(`The official client failed: ${error.message}\n${stderr.slice(-4_000)}`));
    });
    child.stdin?.end(JSON.stringify(order.specification));
  });
}
