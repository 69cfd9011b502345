/** What FFmpeg tells about a file on stderr: text in, size, rate and rotation out. Pure. */

/** Facts of the first video stream; null where FFmpeg does not say. */
export interface FileFacts {
  /** Before rotation. */
  width: number | null;
  height: number | null;
  fps: number | null;
}

/** Reads the `Stream … Video:` line. */
export function parseFileFacts(stderr: string): FileFacts {
  const line = stderr.split('\n').find((candidate) => /Stream #.*Video:/.test(candidate)) ?? '';
  const [, width, height] = /, (\d{1,5})x(\d{1,5})[, ]/.exec(`${line},`) ?? [];
  const fps = /, ([\d.]+) fps/.exec(line)?.[1];
  return { width: toNumber(width), height: toNumber(height), fps: toNumber(fps) };
}

function toNumber(text: string | undefined): number | null {
  const value = Number(text);
  return text === undefined || !Number.isFinite(value) || value <= 0 ? null : value;
}
