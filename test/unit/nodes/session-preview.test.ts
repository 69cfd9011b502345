import { describe, expect, it } from 'vitest';
import { LiveState } from '../../../nodes/runtime/live-state';
import { previewShapes } from '../../../nodes/runtime/preview-shapes';
import { SessionHub } from '../../../nodes/runtime/session-hub';
import { SessionPreview } from '../../../nodes/runtime/session-preview';
import { ManualClock } from '../transport/manual-clock';
import { frameEvent, phaseEvent } from './events';

const AUTO = { video: 'auto', imageOutput: 'image', data: 'auto' } as const;

describe('SessionPreview', () => {
  it('has pictures made only while somebody looks, shares them, and lets go of all when nobody does', async () => {
    const clock = new ManualClock();
    const hub = new SessionHub(AUTO, (id) => id);
    const asked: string[] = [];
    const stream = hub.addStream('door', {
      requestPicture: (id) => void asked.push(id),
      live: () => new LiveState('door').view(),
    });
    const preview = new SessionPreview(hub, clock);
    const picture = () => stream.frame(frameEvent({ picture: 'preview', width: 480, height: 270 }));
    picture();
    expect([hub.users.listeners, asked]).toEqual([0, []]);
    const looks = [preview.look('door', []), preview.look('', [])];
    picture();
    for (const look of await Promise.all(looks))
      expect(look).toMatchObject({ stream: 'door', width: 480, height: 270 });
    expect(await preview.look('door', [])).toBeDefined();
    expect([hub.users.listeners, asked.length]).toEqual([1, 2]);
    clock.advance(5_000);
    expect([hub.users.listeners, preview.isWatched, clock.pending]).toEqual([0, false, 0]);
  });

  it('has nothing to show when no picture comes', async () => {
    const clock = new ManualClock();
    const preview = new SessionPreview(new SessionHub(AUTO, (id) => id), clock);
    const look = preview.look('door', []);
    clock.advance(2_000);
    expect(await look).toBeUndefined();
  });
});

describe('previewShapes', () => {
  const box = (name: string) => ({ x: 320, y: 180, width: 64, height: 36, class: name, confidence: 0.5 });
  const size = { width: 640, height: 360 };

  it('gives parts of the frame, of every output that holds predictions, or of the one that is named', () => {
    const outputs = { one: { predictions: [box('a')] }, two: { predictions: [box('b')] }, count: 2, note: 'x' };
    const all = previewShapes(outputs, { path: [], size });
    expect(all).toEqual([
      { label: 'a 50%', box: [0.45, 0.45, 0.1, 0.1], points: [], keypoints: [] },
      { label: 'b 50%', box: [0.45, 0.45, 0.1, 0.1], points: [], keypoints: [] },
    ]);
    expect(previewShapes(outputs, { path: ['two'], size }).map(({ label }) => label)).toEqual(['b 50%']);
    expect(previewShapes(null, { path: [], size })).toEqual([]);
  });

  it('is bounded, whatever the server sends', () => {
    const points = Array.from({ length: 1_000 }, (_, index) => ({ x: index, y: index }));
    const predictions = Array.from({ length: 150 }, () => ({ ...box('x'.repeat(500)), points }));
    const shapes = previewShapes({ one: { predictions } }, { path: [], size });
    expect(shapes).toHaveLength(100);
    expect(shapes[0]?.points.length).toBeLessThanOrEqual(200);
    expect(shapes[0]?.label.length).toBeLessThan(80);
  });
});

describe('LiveState', () => {
  it('tells phase, rate and the time from capture to result', () => {
    const live = new LiveState('door');
    expect(live.view()).toMatchObject({ phase: 'not_started', fps: null, latencyMs: null, counts: null });
    live.phase(phaseEvent({ fps: 9.5 }));
    live.timing({ capturedAt: 1_000, sentAt: 1_010, receivedAt: 1_090, deliveredAt: 1_100 });
    live.timing({ capturedAt: null, sentAt: null, receivedAt: 1, deliveredAt: 2 });
    expect(live.view()).toMatchObject({ stream: 'door', phase: 'live', fps: 9.5, latencyMs: 100 });
  });
});
