/**
 * Which pictures are to be made of a frame: paces and requests in, one bit a picture out, asked once for each frame in
 * the order of arrival. What nobody will send is never made. Pure but for what it remembers.
 */
import type { PictureOptions, PicturePace } from './options';

interface Lane {
  readonly picture: PictureOptions;
  paces: { pace: PicturePace; nextMs: number }[];
  asked: boolean;
  /** Frames that went by since the last one it was made of. */
  skipped: number;
}

/** What is made of one frame. */
export interface PictureClaim {
  /** Bit k: picture k. */
  wanted: number;
  /** For each picture that is made: the frames before it that it was not made of. */
  skipped: readonly number[];
}

/** On a slower stream whoever may ask gets every frame, so that the newest is there when it is asked for. */
const SLOW_GAP_MS = 300;
/** Nothing but requests, and none for so long: decoding can stop. A few polls of a preview fit in. */
const IDLE_AFTER_MS = 5_000;
/** How much a new gap counts for the mean one. */
const GAP_WEIGHT = 0.2;

export class PictureDemand {
  readonly #lanes: readonly Lane[];
  #lastFrameMs: number | undefined;
  #gapMs = 0;
  #lastRequestMs = -Infinity;

  constructor(pictures: readonly PictureOptions[]) {
    this.#lanes = pictures.map((picture) => ({ picture, paces: [], asked: false, skipped: 0 }));
    this.change(pictures);
  }

  /** Takes over the paces of the pictures it has; others would need another decoder. */
  change(pictures: readonly PictureOptions[]): void {
    for (const lane of this.#lanes) {
      const paces = pictures.find(({ id }) => id === lane.picture.id)?.paces ?? [];
      const before = new Map(lane.paces.map(({ pace, nextMs }) => [JSON.stringify(pace), nextMs]));
      lane.paces = paces.map((pace) => ({ pace, nextMs: before.get(JSON.stringify(pace)) ?? -Infinity }));
      // Whoever asks is not heard before there is a session: it begins with a picture.
      if (lane.paces.some(({ pace, nextMs }) => pace.kind === 'request' && nextMs === -Infinity)) lane.asked = true;
      for (const entry of lane.paces) entry.nextMs = Math.max(entry.nextMs, 0);
    }
  }

  /** The next frame is wanted as this picture. */
  request(id: string, nowMs: number): void {
    for (const lane of this.#lanes) if (lane.picture.id === id) lane.asked = true;
    this.#lastRequestMs = nowMs;
  }

  /** Pictures that were claimed will not come: the next frame has to do. */
  lost(wanted: number): void {
    this.#lanes.forEach((lane, index) => {
      if (isSet(wanted, index)) lane.asked = true;
    });
  }

  /** Nobody could want the next frames: they need not even be decoded. */
  isIdle(nowMs: number): boolean {
    return nowMs - this.#lastRequestMs > IDLE_AFTER_MS && this.#lanes.every(({ paces }) => paces.length === 0);
  }

  /** A frame has come. */
  claim(nowMs: number): PictureClaim {
    const gapMs = this.#lastFrameMs === undefined ? 0 : nowMs - this.#lastFrameMs;
    this.#lastFrameMs = nowMs;
    this.#gapMs += GAP_WEIGHT * (Math.min(gapMs, 1_000) - this.#gapMs);
    let wanted = 0;
    const skipped = this.#lanes.map((lane, index) => {
      const before = lane.skipped;
      // All are asked: each keeps a time of its own.
      const due = lane.paces.filter((entry) => this.#isDue(entry, { nowMs, gapMs })).length > 0;
      if (due || lane.asked) {
        wanted += 2 ** index;
        lane.asked = false;
        lane.skipped = 0;
      } else lane.skipped += 1;
      return before;
    });
    return { wanted, skipped };
  }

  #isDue(entry: Lane['paces'][number], { nowMs, gapMs }: { nowMs: number; gapMs: number }): boolean {
    const { pace } = entry;
    if (pace.kind === 'every') return true;
    if (pace.kind === 'request') return gapMs > SLOW_GAP_MS;
    // The frame nearest to its time, and times that follow each other exactly: the rate comes out as it was asked.
    const slackMs = Math.min(this.#gapMs, pace.intervalMs) / 2;
    if (nowMs < entry.nextMs - slackMs) return false;
    entry.nextMs = Math.max(entry.nextMs + pace.intervalMs, nowMs + pace.intervalMs - slackMs);
    return true;
  }
}

export function isSet(bits: number, index: number): boolean {
  return Math.floor(bits / 2 ** index) % 2 === 1;
}
