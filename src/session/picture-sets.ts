/** Gathers the formats of one picture: several are made of each frame when several are wanted. */
import type { Picture, PictureFormat } from '../media/video';

/** One frame in all asked formats; no pictures at all means that it could not be decoded. */
export interface PictureSet {
  pts90k: number;
  pictures: Picture[];
}

/** Sets that may be incomplete at once; formats of a frame leave the decoder within milliseconds of each other. */
const MAX_PENDING = 16;

/** Calls back with each complete set; an incomplete one is handed out as it is once too many are pending. */
export class PictureSets {
  readonly #wanted: number;
  readonly #onSet: (set: PictureSet) => void;
  readonly #pending = new Map<number, Picture[]>();

  constructor(formats: PictureFormat[], onSet: (set: PictureSet) => void) {
    this.#wanted = formats.length;
    this.#onSet = onSet;
  }

  add(picture: Picture): void {
    const pictures = [...(this.#pending.get(picture.pts90k) ?? []), picture];
    this.#pending.set(picture.pts90k, pictures);
    if (pictures.length >= this.#wanted) this.#release(picture.pts90k, pictures);
    else if (this.#pending.size > MAX_PENDING) this.#releaseOldest();
  }

  #releaseOldest(): void {
    for (const [pts90k, pictures] of this.#pending) {
      this.#release(pts90k, pictures);
      return;
    }
  }

  #release(pts90k: number, pictures: Picture[]): void {
    this.#pending.delete(pts90k);
    this.#onSet({ pts90k, pictures });
  }
}
