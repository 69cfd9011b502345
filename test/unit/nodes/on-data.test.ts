import { EventEmitter } from 'node:events';
import type { NodeAPI } from 'node-red';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import register from '../../../nodes/on-data';
import { SessionService } from '../../../nodes/runtime/session-service';
import { dataEvent, phaseEvent } from './events';

class FakeNode extends EventEmitter {
  readonly sent: unknown[] = [];
  readonly shown: string[] = [];
  send(messages: unknown): void {
    this.sent.push(messages);
  }
  status({ text }: { text: string }): void {
    this.shown.push(text);
  }
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('on-data', () => {
  it('shows the state of its stream, and what was left out once something was', () => {
    const service = new SessionService(
      () => ({ outputs: {} }) as never,
      (id) => id,
      {},
    );
    const node = new FakeNode();
    const fake = {
      nodes: {
        registerType: (_: string, construct: (this: FakeNode, config: object) => void) =>
          construct.call(node, { type: 'on-data', session: 'session', fields: ['count'] }),
        createNode: () => undefined,
        getNode: () => ({ service }),
      },
      _: (_id: string, { sent, dropped }: Record<string, string> = {}) => `${sent} out, ${dropped} drop`,
    };
    register(fake as unknown as NodeAPI);
    const stream = service.hub.addStream('door');
    stream.phase(phaseEvent({ phase: 'live' }));
    void stream.data(dataEvent({ count: 1 }));
    vi.advanceTimersByTime(2_000);
    expect(node.shown.at(-1)).not.toContain('drop');
    void stream.data({ ...dataEvent({ count: 2 }), skipped: 7 });
    vi.advanceTimersByTime(2_000);
    expect(node.shown.at(-1)).toBe('2 out, 7 drop');
    expect(node.sent).toHaveLength(2);
    node.emit('close');
    expect(vi.getTimerCount()).toBe(0);
  });
});
