/**
 * What an `on-frame` node does with the frames of its session: sends them as its pacing says, answers its input in the
 * modes that have one, and shows how many went out and how many were dropped.
 */
import type { NodeMessage } from 'node-red';
import { SessionError } from '../../src/index';
import type { Clock, FrameEvent, FrameTiming } from '../../src/index';
import type { Badge, Translate } from './badge';
import { CountsBadge } from './counts-badge';
import { strangeMessage } from './flow-acknowledgement';
import type { FlowAcknowledgement } from './flow-acknowledgement';
import { frameMessage } from './frame-message';
import { FlightPacer, RatePacer } from './frame-pacer';
import type { OnFrameSettings } from './listener-settings';
import { valueAt } from './output-path';
import { noShapes, predictionShapes } from './prediction-shapes';
import { RequestPacer } from './request-pacer';
import { scaledShapes } from './scaled-shapes';

/** A frame with bytes that are this node's own. */
interface OwnFrame {
  event: FrameEvent;
  picture: Buffer;
}

type Pacer =
  | { kind: 'every'; counts: { sent: number; dropped: number } }
  | { kind: 'rate'; rate: RatePacer<OwnFrame> }
  | { kind: 'request'; requests: RequestPacer<OwnFrame> }
  | { kind: 'in-flight'; flight: FlightPacer<OwnFrame> };

/** What it is made of. */
export interface FrameOutputParts {
  settings: OnFrameSettings;
  clock: Clock;
  newId: () => string;
  /** Has a picture of a stream (`''`: of each that this node listens to) made of its next frame. */
  ask(stream: string): void;
  translate: Translate;
  send: (message: NodeMessage) => void;
  /** A frame of this stream has left, on its own or as an answer. */
  onSent?: (stream: string) => void;
  show: (badge: Badge) => void;
  /** Where a frame is done when its message comes back. */
  acknowledgement?: FlowAcknowledgement | undefined;
}

export class FrameOutput {
  readonly #parts: FrameOutputParts;
  readonly #pacer: Pacer;
  readonly #badge: CountsBadge;

  constructor(parts: FrameOutputParts) {
    this.#parts = parts;
    this.#pacer = this.#newPacer();
    const { clock, show, settings } = parts;
    this.#badge = new CountsBadge({
      ...{ clock, show, counts: () => countsOf(this.#pacer) },
      text: (counts) => parts.translate('on-frame.status.counts', counts),
      always: settings.pacing.kind !== 'every',
    });
  }

  /** `picture` belongs to this node. A promise that comes back settles when the flow is done with it. */
  frame(event: FrameEvent, stream: string, picture: Buffer): unknown {
    const frame = { event, picture };
    const pacer = this.#pacer;
    // Frames that this node could not have sent, so that none was made for it, and those for which the flow was busy.
    countsOf(pacer).dropped += event.skipped;
    this.#badge.changed();
    if (pacer.kind === 'every') {
      pacer.counts.sent += 1;
      return this.#send(stream, event.awaited === true, this.#message(stream, frame, event.timing));
    }
    if (pacer.kind === 'rate') pacer.rate.offer(stream, frame);
    else if (pacer.kind === 'request') pacer.requests.offer(stream, frame);
    else pacer.flight.offer(stream, frame);
    return undefined;
  }

  /** The state of the streams it listens to. */
  badge(badge: Badge): void {
    this.#badge.state(badge);
  }

  /** A message at the input. Rejects when it cannot be answered. */
  async input(message: NodeMessage, send: (message: NodeMessage) => void): Promise<void> {
    if (message['action'] === 'status') {
      send(Object.assign(message, this.#statusMessage()));
      return;
    }
    const pacer = this.#pacer;
    if (pacer.kind === 'request') return this.#answer(pacer.requests, message, send);
    if (pacer.kind === 'in-flight') {
      takeBack(pacer.flight, message);
      return;
    }
    if (this.#parts.acknowledgement === undefined) throw invalid(TAKES_NO_MESSAGES);
    this.#parts.acknowledgement.takeBack(message);
  }

  close(): void {
    this.#badge.close();
    const pacer = this.#pacer;
    if (pacer.kind === 'rate') pacer.rate.close();
    if (pacer.kind === 'request') pacer.requests.close();
    if (pacer.kind === 'in-flight') pacer.flight.close();
  }

  async #answer(
    requests: RequestPacer<OwnFrame>,
    message: NodeMessage,
    send: (message: NodeMessage) => void,
  ): Promise<void> {
    const { settings } = this.#parts;
    const asked = settings.stream === '' && typeof message['stream'] === 'string' ? message['stream'] : '';
    const { stream, frame } = await requests.request(asked);
    // The next request may get the same frame.
    const answer = this.#message(stream, { ...frame, picture: Buffer.from(frame.picture) });
    // On the message that asked, so that an HTTP response finds its request.
    send(Object.assign(message, answer));
  }

  #send(stream: string, awaited: boolean, message: NodeMessage): Promise<void> | undefined {
    const { acknowledgement, send } = this.#parts;
    if (acknowledgement !== undefined) {
      return acknowledgement.send(stream, awaited, (_msgid) => send({ ...message, _msgid }));
    }
    send(message);
    return undefined;
  }

  /** A frame that has waited is delivered only now. */
  #message(stream: string, { event, picture }: OwnFrame, timing = this.#timingNow(event)): NodeMessage {
    this.#parts.onSent?.(stream);
    const message = frameMessage({ ...event, timing }, stream, picture);
    const { shapesFrom } = this.#parts.settings;
    if (shapesFrom.length === 0) return message;
    const shapes = predictionShapes(valueAt(event.outputs, shapesFrom)) ?? noShapes();
    return { ...message, ...scaledShapes(shapes, { from: event.source, to: event }) };
  }

  #timingNow(event: FrameEvent): FrameTiming {
    return { ...event.timing, deliveredAt: this.#parts.clock.epochMs() };
  }

  #newPacer(): Pacer {
    const { settings, clock, newId, send } = this.#parts;
    const { pacing } = settings;
    switch (pacing.kind) {
      case 'every':
        return { kind: 'every', counts: { sent: 0, dropped: 0 } };
      case 'rate': {
        const sendPaced = (stream: string, frame: OwnFrame) => send(this.#message(stream, frame));
        return { kind: 'rate', rate: new RatePacer({ clock, intervalMs: pacing.intervalMs, send: sendPaced }) };
      }
      case 'request':
        return {
          kind: 'request',
          requests: new RequestPacer({ clock, waitMs: pacing.waitMs, ask: (stream) => this.#parts.ask(stream) }),
        };
      case 'in-flight': {
        const launch = (stream: string, frame: OwnFrame, id: string) =>
          send({ ...this.#message(stream, frame), _msgid: id });
        return {
          kind: 'in-flight',
          flight: new FlightPacer({
            clock,
            releaseMs: pacing.releaseMs,
            newId,
            send: launch,
            ask: () => this.#parts.ask(''),
          }),
        };
      }
    }
  }

  #statusMessage(): NodeMessage {
    const pacer = this.#pacer;
    const more =
      pacer.kind === 'request'
        ? { waiting: pacer.requests.waiting }
        : pacer.kind === 'in-flight'
          ? { lost: pacer.flight.lost }
          : this.#parts.acknowledgement?.counts;
    return { topic: 'state', payload: { pace: pacer.kind, ...countsOf(pacer), ...more } };
  }
}

function countsOf(pacer: Pacer): { sent: number; dropped: number } {
  switch (pacer.kind) {
    case 'every':
      return pacer.counts;
    case 'rate':
      return pacer.rate.counts;
    case 'request':
      return pacer.requests.counts;
    case 'in-flight':
      return pacer.flight.counts;
  }
}

/** Anything that has been seen before is fine: it came late, or by a second wire. */
function takeBack(flight: FlightPacer<OwnFrame>, message: NodeMessage): void {
  if (flight.returned(message._msgid ?? '') !== 'unknown') return;
  throw strangeMessage('on-frame');
}

const TAKES_NO_MESSAGES =
  'This on-frame takes no messages: choose "On request", "One at a time", or that its messages come back, in its dialog.';

function invalid(message: string): SessionError {
  return new SessionError('INVALID_OPTION', message);
}
