/**
 * The generated source: three bright rectangles on a dark ground, each circling in its own third, and the number of
 * the frame as blocks. Made and encoded by one FFmpeg; every picture depends on its number alone.
 *
 * The rectangles circle quickly instead of bouncing: a background model takes for background what covers a place for
 * more than about three frames in thirty (OpenCV's MOG2 with history 30), and would lose them at every turn.
 */
import { SessionError } from '../errors';
import { frameNumberLayout, FRAME_NUMBER_BITS } from './frame-number';
import type { FrameNumberLayout } from './frame-number';
import type { LiveSource, SourceContext } from './live-source';
import { alreadyOver, playSource } from './played-source';
import { encodeGraphArgs } from './source-arguments';
import type { TestPatternSpec } from './spec';

/** How many things move. */
export const TEST_PATTERN_OBJECTS = 3;

/** What a spec leaves out. */
const TEST_PATTERN_DEFAULTS = { width: 640, height: 360, fps: 10 } as const;

interface PatternShape {
  width: number;
  height: number;
  fps: number;
}

/** Below, the rectangles would come near the size that motion detection leaves out. */
const LIMITS = { width: [320, 1920], height: [180, 1080], fps: [1, 60] } as const;
/** Shape in which everything below is stated. */
const REFERENCE = { width: 640, height: 360 };
/** Turns take different times, so that the rectangles do not look like one. In frames: 17 to 25 pixels each. */
const RECTANGLES = [
  { colour: 'white', width: 44, height: 44, frames: 31, direction: 1, phase: 0 },
  { colour: 'yellow', width: 56, height: 48, frames: 33, direction: -1, phase: 2 },
  { colour: 'cyan', width: 48, height: 60, frames: 35, direction: 1, phase: 4 },
] as const;
const CENTRE_Y = 204;
const RADIUS = { x: 70, y: 115 };
const GROUND = '0x202028';
/** An FFmpeg that hangs, or was stopped, is replaced like one that died. */
const DELIVERY_LIMITS = { openMs: 30_000, silenceMs: 15_000 };

/** Never throws: bad numbers are told by `opened` and `ended`. */
export function openTestPattern(spec: TestPatternSpec, context: SourceContext): LiveSource {
  const shape = { ...TEST_PATTERN_DEFAULTS, ...withoutUndefined(spec) };
  const fault = shapeFault(shape, spec.frames);
  if (fault !== undefined) return alreadyOver(new SessionError('INVALID_OPTION', `Test pattern: ${fault}.`));
  const { width, height, fps } = shape;
  return playSource({
    ...{ context, what: 'The test pattern', secrets: [], limits: DELIVERY_LIMITS },
    prepare: () =>
      Promise.resolve({
        facts: { path: 'encoded', reason: 'generated', codec: 'vp8', width, height, fps },
        args: encodeGraphArgs(context.ffmpeg, {
          graph: testPatternGraph(shape),
          frames: spec.frames,
          encode: { width, height, fps },
        }),
      }),
  });
}

/** The picture as a lavfi graph. Overlays are cheap: the rectangles are one picture each, sent again and again. */
export function testPatternGraph({ width, height, fps }: PatternShape): string {
  const layout = frameNumberLayout({ width, height });
  const parts = [
    `color=c=${GROUND}:s=${width}x${height}:r=${fps},format=yuv420p[ground]`,
    numberSource(layout, fps),
    `[ground][number]overlay=x=${layout.left}:y=${layout.top}:format=yuv420[step0]`,
  ];
  const scale = Math.min(width / REFERENCE.width, height / REFERENCE.height);
  for (const [index, rectangle] of RECTANGLES.entries()) {
    const edge = (length: number): number => 2 * Math.round((length * scale) / 2);
    const size = { width: edge(rectangle.width), height: edge(rectangle.height) };
    const angle = `${rectangle.direction}*2*PI*n/${rectangle.frames}+${rectangle.phase}`;
    const centreX = Math.round((width * (index + 0.5)) / TEST_PATTERN_OBJECTS - size.width / 2);
    const centreY = Math.round((height * CENTRE_Y) / REFERENCE.height - size.height / 2);
    const radiusX = Math.round((RADIUS.x * width) / REFERENCE.width);
    const radiusY = Math.round((RADIUS.y * height) / REFERENCE.height);
    const isLast = index === RECTANGLES.length - 1;
    parts.push(
      `color=c=${rectangle.colour}:s=${size.width}x${size.height}:r=${fps},format=yuv420p[rectangle${index}]`,
      `[step${index}][rectangle${index}]overlay=format=yuv420` +
        `:x='${centreX}+${radiusX}*cos(${angle})':y='${centreY}+${radiusY}*sin(${angle})'` +
        (isLast ? '' : `[step${index + 1}]`),
    );
  }
  return parts.join(';');
}

/** Drawn with one pixel a block, then enlarged: the expression is evaluated for a few hundred pixels only. */
function numberSource({ block, pitch }: FrameNumberLayout, fps: number): string {
  const step = pitch / block;
  const columns = (FRAME_NUMBER_BITS - 1) * step + 1;
  const rows = step + 1;
  const bit = `mod(floor(N/pow(2,${FRAME_NUMBER_BITS - 1}-X/${step})),2)`;
  const isBlock = `eq(mod(X,${step}),0)*eq(mod(Y,${step}),0)`;
  return (
    `color=c=black:s=${columns}x${rows}:r=${fps},format=gray,` +
    `geq=lum='255*${isBlock}*if(Y,1-${bit},${bit})',` +
    `scale=${columns * block}:${rows * block}:flags=neighbor,format=yuv420p[number]`
  );
}

function shapeFault(shape: PatternShape, frames: number | undefined): string | undefined {
  for (const name of ['width', 'height', 'fps'] as const) {
    const [least, most] = LIMITS[name];
    const value = shape[name];
    const isEven = name === 'fps' || value % 2 === 0;
    if (!Number.isInteger(value) || !isEven || value < least || value > most) {
      return `${name} is ${value}, use ${name === 'fps' ? 'a' : 'an even'} number from ${least} to ${most}`;
    }
  }
  if (frames !== undefined && (!Number.isInteger(frames) || frames < 1)) return `frames is ${frames}, use 1 or more`;
  return undefined;
}

function withoutUndefined({ width, height, fps }: TestPatternSpec): Partial<PatternShape> {
  return {
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
    ...(fps !== undefined && { fps }),
  };
}
