/** Gathers the pictures of one frame: several are made of it when several are wanted. */
import type { Picture } from '../media/video';
import { isSet } from './picture-demand';
import type { PictureClaim } from './picture-demand';

/** One picture that was made. */
export interface MadePicture {
  /** Its place among the session's pictures. */
  index: number;
  picture: Picture;
  /** Frames before it that it was not made of. */
  skipped: number;
}

/** One frame in all wanted pictures. */
export interface PictureSet {
  pts90k: number;
  pictures: MadePicture[];
  /** `skipped`: none was wanted; `lost`: it could not be decoded. */
  outcome: 'made' | 'skipped' | 'lost';
}

interface Pending {
  claim: PictureClaim;
  pictures: MadePicture[];
}

/** Sets that may be incomplete at once; pictures of a frame leave the decoder within milliseconds of each other. */
const MAX_INCOMPLETE = 16;

/** Calls back with each complete set; an incomplete one is handed out as it is once too many are pending. */
export class PictureSets {
  readonly #onSet: (set: PictureSet) => void;
  readonly #pending = new Map<number, Pending>();
  readonly #incomplete = new Set<number>();

  constructor(onSet: (set: PictureSet) => void) {
    this.#onSet = onSet;
  }

  /** A frame is on its way to the decoder; `add`, `skip` or `lose` follows. */
  expect(pts90k: number, claim: PictureClaim): void {
    this.#pending.set(pts90k, { claim, pictures: [] });
  }

  add(index: number, picture: Picture): void {
    const { pts90k } = picture;
    const pending = this.#pending.get(pts90k);
    if (pending === undefined) return;
    pending.pictures.push({ index, picture, skipped: pending.claim.skipped[index] ?? 0 });
    const complete = pending.pictures.length >= countOf(pending.claim);
    if (complete) return this.#release(pts90k, 'made');
    this.#incomplete.add(pts90k);
    const [oldest] = this.#incomplete;
    if (this.#incomplete.size > MAX_INCOMPLETE && oldest !== undefined) this.#release(oldest, 'made');
  }

  /** Decoded, and nothing of it was wanted. */
  skip(pts90k: number): void {
    this.#release(pts90k, 'skipped');
  }

  /** Not decodable. Gives the pictures that will not come. */
  lose(pts90k: number): number {
    const pending = this.#pending.get(pts90k);
    this.#release(pts90k, 'lost');
    return pending?.claim.wanted ?? 0;
  }

  #release(pts90k: number, outcome: PictureSet['outcome']): void {
    const pictures = this.#pending.get(pts90k)?.pictures ?? [];
    this.#pending.delete(pts90k);
    this.#incomplete.delete(pts90k);
    this.#onSet({ pts90k, pictures, outcome });
  }
}

function countOf({ wanted, skipped }: PictureClaim): number {
  return skipped.filter((_, index) => isSet(wanted, index)).length;
}
