import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { PACKAGE_ROOT } from './node-red';

interface Report {
  passed: boolean;
  framesReceived: number;
  framesInFlow: number;
  droppedInSession: number;
  framesDropped: number;
  dataInFlow: number;
  badge: string;
  slopeMbPerMinute: number;
}

/** The short form of the measurement of memory: too short to judge its slope, long enough to count. */
async function slowFlow(kind: string): Promise<Report> {
  const command = [
    path.join(PACKAGE_ROOT, 'bench/slow-flow.mjs'),
    '--kind',
    kind,
    '--minutes',
    '0.15',
    '--warm-up',
    '5',
  ];
  const { stdout } = await promisify(execFile)(process.execPath, command, { timeout: 100_000 });
  return JSON.parse(stdout) as Report;
}

describe('a flow that takes ten times as long for a frame as the video', () => {
  it('gets the newest ones when it holds the event loop up; what is left out is counted and shown', async () => {
    const report = await slowFlow('blocking');
    expect(report.framesInFlow).toBeGreaterThan(2);
    // How many more depends on the machine.
    expect(report.droppedInSession).toBeGreaterThan(report.framesInFlow);
    // Of one and the same count; the flow's own is of a later moment.
    expect(report.droppedInSession).toBeLessThanOrEqual(report.framesReceived);
    // Data is not dropped with the pictures.
    expect(report.dataInFlow).toBeGreaterThan(report.framesInFlow);
    expect(report.framesDropped).toBeGreaterThan(report.framesInFlow);
    expect(report.badge).toMatch(/^\d+ out, \d+ drop$/);
    expect(report).toMatchObject({ passed: true, slopeMbPerMinute: expect.any(Number) as number });
  }, 120_000);

  it('gets one at a time when it brings them back; what is left out is counted and shown by the node', async () => {
    const report = await slowFlow('acknowledged');
    expect(report.framesInFlow).toBeGreaterThan(2);
    expect(report.framesDropped).toBeGreaterThan(report.framesInFlow);
    expect(report.badge).toMatch(/^\d+ out, \d+ drop$/);
    expect(report.passed).toBe(true);
  }, 120_000);
});
