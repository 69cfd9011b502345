/** Session events for tests, complete and overridable. */
import { NOT_STARTED } from '../../../src/index';
import type { DataEvent, FrameEvent, FrameMetadata, PhaseEvent, StatsEvent } from '../../../src/index';

export function phaseEvent(over: Partial<PhaseEvent> = {}): PhaseEvent {
  return {
    ...NOT_STARTED,
    phase: 'live',
    previous: 'warming_up',
    at: 1_700_000_000_000,
    ...over,
  };
}

/** Counters at zero. */
export function statsEvent(over: Partial<StatsEvent> = {}): StatsEvent {
  return {
    ...{ kind: 'stats', source: null, interval: null, framesRead: 0, framesSkipped: 0, framesSent: 0, framesUnsent: 0 },
    ...{ framesReceived: 0, framesDelivered: 0, framesDropped: 0, framesUndecodable: 0, dataReceived: 0 },
    ...{ dataDropped: 0, messagesMalformed: 0, paired: 0, packetsLost: 0, bytesSent: 0, bytesReceived: 0 },
    ...{ reconnects: 0, rollovers: 0 },
    ...over,
  };
}

export function metadata(over: Partial<FrameMetadata> = {}): FrameMetadata {
  return {
    frame_id: 7,
    received_at: '2026-08-21T20:33:52.123456',
    pts: 18_000,
    time_base: 1 / 90_000,
    declared_fps: null,
    measured_fps: 9.9,
    width: 640,
    height: 360,
    errors: [],
    ...over,
  };
}

const TIMING = { capturedAt: 1, sentAt: 2, receivedAt: 3, deliveredAt: 4 };

export function dataEvent(outputs: Record<string, unknown> | null, errors: string[] = []): DataEvent {
  return { kind: 'data', outputs, metadata: metadata({ errors }), timing: TIMING, skipped: 0 };
}

export function frameEvent(over: Partial<FrameEvent> = {}): FrameEvent {
  return {
    kind: 'frame',
    picture: 'jpeg',
    source: { width: 640, height: 360 },
    skipped: 0,
    format: 'jpeg',
    data: new Uint8Array([0xff, 0xd8, 0xff, 0xd9]),
    width: 640,
    height: 360,
    metadata: metadata(),
    outputs: { count: 2 },
    timing: TIMING,
    ...over,
  };
}

/** A promise and what settles it. */
export function deferred<Value>(): {
  promise: Promise<Value>;
  resolve: (value: Value) => void;
  reject: (thrown: unknown) => void;
} {
  let resolve: (value: Value) => void = () => undefined;
  let reject: (thrown: unknown) => void = () => undefined;
  const promise = new Promise<Value>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
