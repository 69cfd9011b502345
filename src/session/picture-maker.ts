/**
 * Coded frames and pictures out of data messages in, the wanted pictures of each out. A video track is decoded without
 * a gap, pictures are made of the wanted frames only; while nothing can be wanted, nothing is decoded.
 */
import type { ExtractedImage } from '../channel/images';
import type { Clock } from '../clock';
import type { CodedUnit } from '../decode/coded-unit';
import { VideoDecoder } from '../decode/video-decoder';
import type { SessionError } from '../errors';
import type { FfmpegProgram } from '../ffmpeg/locate';
import { fitsInto } from '../media/video';
import type { PictureOptions } from './options';
import { isSet, PictureDemand } from './picture-demand';
import type { PictureClaim } from './picture-demand';
import { PictureSets } from './picture-sets';
import type { MadePicture, PictureSet } from './picture-sets';

export interface PictureMakerOptions {
  /** Null: no picture will need decoding. One that does all the same is lost. */
  ffmpeg: FfmpegProgram | null;
  clock: Clock;
  pictures: readonly PictureOptions[];
  /** Units in the decoder at once; undefined = the decoder's own limit. */
  maxInFlight: number | undefined;
  /** One for each frame and each image that is decoded, in whatever order they become ready. */
  onSet(set: PictureSet): void;
  onNeedKeyframe(): void;
  onWarning(error: SessionError): void;
  onChild(pid: number, running: boolean): void;
}

export class PictureMaker {
  readonly #options: PictureMakerOptions;
  readonly #demand: PictureDemand;
  readonly #sets: PictureSets;
  #decoder: VideoDecoder | undefined;

  constructor(options: PictureMakerOptions) {
    this.#options = options;
    this.#demand = new PictureDemand(options.pictures);
    this.#sets = new PictureSets((set) => options.onSet(set));
  }

  /** A video track is about to come: its decoder may start now. VP8, which servers that offer both send. */
  expectVideo(): void {
    const { ffmpeg } = this.#options;
    if (ffmpeg === null || this.#demand.isIdle(this.#nowMs)) return;
    this.#decoder ??= this.#newDecoder(ffmpeg);
    this.#decoder.prepare('vp8');
  }

  /** Other paces for the same pictures. */
  change(pictures: readonly PictureOptions[]): void {
    this.#demand.change(pictures);
  }

  /** The next frame is wanted as this picture. */
  request(id: string): void {
    this.#demand.request(id, this.#nowMs);
  }

  /** A frame of the video track. */
  frame(unit: CodedUnit): void {
    const claim = this.#demand.claim(this.#nowMs);
    if (!this.#demand.isIdle(this.#nowMs)) return this.#decode(unit, claim);
    // What comes later builds on frames that are left out now: the next decoder begins at a keyframe.
    void this.#decoder?.close();
    this.#decoder = undefined;
    this.#options.onSet({ pts90k: unit.pts90k, pictures: [], outcome: 'skipped' });
  }

  /** What the picture in a data message is wanted as. `image` or `giveBack` follows, unless nothing is. */
  claim(): PictureClaim {
    return this.#demand.claim(this.#nowMs);
  }

  /** There was no picture after all. */
  giveBack({ wanted }: PictureClaim): void {
    this.#demand.lost(wanted);
  }

  /** An encoded picture: as it is where that will do, and for the rest a set follows when it is decoded. */
  image(image: ExtractedImage, pts90k: number, claim: PictureClaim): { asIs: MadePicture[]; decoding: boolean } {
    const { format, width, height, jpeg: data } = image;
    const wanted = this.#options.pictures.map((picture, index) => ({ ...picture, index }));
    const asIs = wanted.filter(
      (picture) => isSet(claim.wanted, picture.index) && picture.format === format && fitsInto(image, picture.fit),
    );
    const rest = asIs.reduce((bits, { index }) => bits - 2 ** index, claim.wanted);
    const pictures = asIs.map(({ index }, place): MadePicture => {
      // Each crosses to another thread by transfer.
      const own = place === 0 && rest === 0 ? data : ownCopy(data);
      return { index, picture: { format, data: own, width, height, pts90k }, skipped: claim.skipped[index] ?? 0 };
    });
    if (rest !== 0) this.#decode({ codec: 'mjpeg', data, pts90k, keyframe: true }, { ...claim, wanted: rest });
    return { asIs: pictures, decoding: rest !== 0 };
  }

  /** Resolves when everything given so far is told; bounded by the decoder. */
  async flush(): Promise<void> {
    await this.#decoder?.flush();
  }

  async close(): Promise<void> {
    await this.#decoder?.close();
  }

  get #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }

  #decode(unit: CodedUnit, claim: PictureClaim): void {
    const { ffmpeg } = this.#options;
    this.#sets.expect(unit.pts90k, claim);
    if (ffmpeg === null) return this.#lose(unit.pts90k);
    this.#decoder ??= this.#newDecoder(ffmpeg);
    this.#decoder.push(unit, claim.wanted);
  }

  #lose(pts90k: number): void {
    this.#demand.lost(this.#sets.lose(pts90k));
  }

  #newDecoder(ffmpeg: FfmpegProgram): VideoDecoder {
    const { clock, pictures, maxInFlight } = this.#options;
    return new VideoDecoder({
      ...{ ffmpeg, clock, maxInFlight },
      shapes: pictures,
      onPicture: (picture, index) => this.#sets.add(index, picture),
      onSkipped: (pts90k) => this.#sets.skip(pts90k),
      onUndecodable: (pts90k) => this.#lose(pts90k),
      onNeedKeyframe: () => this.#options.onNeedKeyframe(),
      onError: (error) => this.#options.onWarning(error),
      onChild: (pid, running) => this.#options.onChild(pid, running),
    });
  }
}

/** In an ArrayBuffer of its own. */
function ownCopy(data: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(data.length);
  data.copy(copy);
  return copy;
}
