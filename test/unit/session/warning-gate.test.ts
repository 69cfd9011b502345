import { describe, expect, it } from 'vitest';
import { SessionError } from '../../../src/errors';
import { WarningGate } from '../../../src/session/warning-gate';

describe('WarningGate', () => {
  it('lets through ten a second', () => {
    const told: string[] = [];
    const gate = new WarningGate((error) => told.push(error.code));
    for (let count = 0; count < 1_000; count += 1) gate.push(new SessionError('MESSAGE_MALFORMED', 'rubbish'));
    expect(told).toHaveLength(10);
    gate.tick();
    gate.push(new SessionError('UPLOAD_FAILED', 'broke off'));
    expect(told.at(-1)).toBe('UPLOAD_FAILED');
  });
});
