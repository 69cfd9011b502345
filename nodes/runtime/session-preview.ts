/**
 * Small pictures of a session's streams for whoever looks at them in an editor: each is made because it was asked for.
 * Listens to the streams from the first look until nobody has looked for seconds, then lets everything go.
 */
import { SessionError } from '../../src/index';
import type { Clock, FrameEvent } from '../../src/index';
import { previewShapes } from './preview-shapes';
import type { PreviewShape } from './preview-shapes';
import { RequestPacer } from './request-pacer';
import type { SessionHub } from './session-hub';
import { PREVIEW } from './wanted-pictures';

/** As it crosses to the editor. */
export interface PreviewPicture {
  stream: string;
  width: number;
  height: number;
  /** Base64. */
  jpeg: string;
  shapes: PreviewShape[];
}

/** Nobody has looked for so long: the last editor is closed, or looks elsewhere. */
const LEASE_MS = 5_000;
/** All editors together get at most so many pictures of a stream. */
const FRESH_MS = 250;
const WAIT_MS = 2_000;

interface Frame {
  event: FrameEvent;
  picture: Buffer;
}

interface Viewing {
  requests: RequestPacer<Frame>;
  leave: () => void;
  cancelEnd: () => void;
}

export class SessionPreview {
  readonly #hub: SessionHub;
  readonly #clock: Clock;
  #viewing: Viewing | undefined;

  constructor(hub: SessionHub, clock: Clock) {
    this.#hub = hub;
    this.#clock = clock;
  }

  /** True while pictures may be made. */
  get isWatched(): boolean {
    return this.#viewing !== undefined;
  }

  /** The newest picture of a stream (`''`: of any); undefined when none comes within 2 s. `path`: see `previewShapes`. */
  async look(stream: string, path: readonly string[]): Promise<PreviewPicture | undefined> {
    const viewing = (this.#viewing ??= this.#begin());
    viewing.cancelEnd();
    viewing.cancelEnd = this.#clock.after(LEASE_MS, () => this.#end());
    try {
      const answer = await viewing.requests.request(stream);
      const { event, picture } = answer.frame;
      const { width, height, outputs, source } = event;
      const shapes = previewShapes(outputs, { path, size: source });
      return { stream: answer.stream, width, height, jpeg: picture.toString('base64'), shapes };
    } catch (thrown) {
      const { code } = SessionError.from(thrown);
      if (code === 'WAIT_TIMEOUT' || code === 'SESSION_CLOSED') return undefined;
      throw thrown;
    }
  }

  #begin(): Viewing {
    const requests = new RequestPacer<Frame>({
      ...{ clock: this.#clock, waitMs: WAIT_MS, freshMs: FRESH_MS },
      ask: (stream) => this.#hub.requestPicture(stream, PREVIEW.id),
    });
    const leave = this.#hub.addListener({
      stream: '',
      wants: { kind: 'preview' },
      onFrame: (event, stream, picture) => requests.offer(stream, { event, picture }),
      onBadge: () => undefined,
    });
    return { requests, leave, cancelEnd: () => undefined };
  }

  #end(): void {
    this.#viewing?.leave();
    this.#viewing?.requests.close();
    this.#viewing = undefined;
  }
}
