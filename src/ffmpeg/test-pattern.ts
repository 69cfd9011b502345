/**
 * The generated picture: three squares that each circle in their own third of a plain ground, and the frame number as
 * black and white blocks in the top left corner. Pure: the FFmpeg input that draws it, and the reader of the number.
 *
 * Squares circle instead of bouncing: a background model that learns over 30 frames takes a square for background
 * where it has been a moment ago, and would lose it at every turn.
 */
import type { Picture } from '../media/video';

/** How many things move. */
export const TEST_PATTERN_OBJECTS = 3;

/** 20 bits: 29 hours at 10 frames a second, then from 0 again. Two rows, lowest bit first. */
const NUMBER_BITS = 20;
const BITS_PER_ROW = 10;
/** Small enough that a changing bit stays below the 200 pixels from which motion counts (protocol.md M). */
const BIT_PIXELS = 8;
const BIT_SPACING = 16;
const STRIP = { width: BITS_PER_ROW * BIT_SPACING + BIT_PIXELS, height: 2 * BIT_SPACING + BIT_PIXELS };
const FRAMES_PER_ROUND = 60;
const COLOURS = ['white', 'orange', 'cyan'] as const;

/** Size and rate of the picture; at least 192 x 144. */
export interface TestPatternOptions {
  width: number;
  height: number;
  fps: number;
}

/** The input part of a command line, in real time unless `unpaced`. */
export function testPatternInputArgs(options: TestPatternOptions & { unpaced?: boolean }): string[] {
  return [...(options.unpaced === true ? [] : ['-re']), '-f', 'lavfi', '-i', testPatternGraph(options)];
}

/** The number in a raw picture (every format but `jpeg` and `png`), modulo 2^20; undefined for the encoded ones. */
export function testPatternFrameNumber(picture: Picture): number | undefined {
  const bytesPerPixel = RAW_BYTES_PER_PIXEL[picture.format];
  if (bytesPerPixel === undefined) return undefined;
  let number = 0;
  for (let bit = 0; bit < NUMBER_BITS; bit += 1) {
    const { x, y } = bitPosition(bit);
    const offset = ((y + BIT_PIXELS / 2) * picture.width + x + BIT_PIXELS / 2) * bytesPerPixel;
    if ((picture.data[offset] ?? 0) > 127) number += 2 ** bit;
  }
  return number;
}

/** Of the plane or pixel whose first byte tells black from white. */
const RAW_BYTES_PER_PIXEL: Partial<Record<Picture['format'], number>> = {
  bgr24: 3,
  rgb24: 3,
  rgba: 4,
  gray8: 1,
  yuv420p: 1,
};

function bitPosition(bit: number): { x: number; y: number } {
  const row = Math.floor(bit / BITS_PER_ROW);
  return { x: BIT_PIXELS + (bit % BITS_PER_ROW) * BIT_SPACING, y: BIT_PIXELS + row * BIT_SPACING };
}

function testPatternGraph({ width, height, fps }: TestPatternOptions): string {
  const third = width / TEST_PATTERN_OBJECTS;
  const floor = height - STRIP.height;
  const side = even(Math.min(third, floor) / 4);
  const radius = Math.floor((Math.min(third, floor) - side) / 2) - 2;
  const squares = COLOURS.map((colour, index) => {
    const angle = `2*PI*(n/${FRAMES_PER_ROUND}+${index}/${COLOURS.length})`;
    const centreX = Math.round((index + 0.5) * third - side / 2);
    const centreY = Math.round(STRIP.height + floor / 2 - side / 2);
    return (
      `color=c=${colour}:s=${side}x${side}:r=${fps}[square${index}];[ground${index}][square${index}]` +
      `overlay=x='${centreX}+${radius}*cos(${angle})':y='${centreY}+${radius}*sin(${angle})'[ground${index + 1}]`
    );
  });
  const bits = Array.from({ length: NUMBER_BITS }, (_, bit) => {
    const { x, y } = bitPosition(bit);
    const isOne = `mod(floor(n/${2 ** bit}),2)`;
    return `drawbox=x=${x}:y=${y}:w=${BIT_PIXELS}:h=${BIT_PIXELS}:c=white:t=fill:enable='${isOne}'`;
  });
  const strip = `drawbox=x=0:y=0:w=${STRIP.width}:h=${STRIP.height}:c=black:t=fill`;
  return [
    `color=c=0x404040:s=${width}x${height}:r=${fps}[ground0]`,
    ...squares,
    `[ground${COLOURS.length}]${[strip, ...bits].join(',')},format=yuv420p`,
  ].join(';');
}

function even(value: number): number {
  return 2 * Math.round(value / 2);
}
