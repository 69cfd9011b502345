import { describe, expect, it } from 'vitest';
import { MotionDetector, type MotionOptions } from '../../../src/demo/motion-detector';
import { grey, paint, type TestPicture } from './grey-picture';

const OPTIONS: MotionOptions = {
  minimumContourArea: 200,
  morphologicalKernelSize: 3,
  threshold: 16,
  history: 30,
  suppressFirstDetections: true,
  detectionZone: null,
};

/** A dark picture with one bright square of 40 pixels that moves 6 pixels a frame, from frame `from` on. */
function withSquare(frame: number, from = 0): TestPicture {
  const picture = grey(640, 360, 60);
  if (frame >= from) paint(picture, { left: 20 + (frame - from) * 6, top: 100, width: 40, height: 40 }, 220);
  return picture;
}

describe('MotionDetector', () => {
  it('reports nothing on the first frames and one box for one moving square after them', () => {
    const detector = new MotionDetector(OPTIONS);
    const counts = Array.from({ length: 80 }, (_, frame) => detector.detect(withSquare(frame)).boxes.length);
    expect(counts.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => 0));
    expect(counts.slice(30)).toEqual(Array.from({ length: 50 }, () => 1));
  });

  it('gives the box in pixels of the full picture, within a grid cell', () => {
    const detector = new MotionDetector(OPTIONS);
    let box = { left: 0, top: 0, width: 0, height: 0 };
    for (let frame = 0; frame < 60; frame += 1) box = detector.detect(withSquare(frame)).boxes[0] ?? box;
    expect(Math.abs(box.left - (20 + 59 * 6))).toBeLessThanOrEqual(2);
    expect(Math.abs(box.width - 40)).toBeLessThanOrEqual(4);
    expect(Math.abs(box.top - 100)).toBeLessThanOrEqual(2);
    expect(Math.abs(box.height - 40)).toBeLessThanOrEqual(4);
  });

  it('raises the alarm on the frame where motion begins and on no other', () => {
    const detector = new MotionDetector(OPTIONS);
    const alarms = Array.from({ length: 60 }, (_, frame) => detector.detect(withSquare(frame, 40)).alarm);
    expect(alarms.indexOf(true)).toBe(40);
    expect(alarms.filter(Boolean)).toHaveLength(1);
  });

  it('does not report a thing that has stopped, nor the hole it leaves', () => {
    const detector = new MotionDetector(OPTIONS);
    const parked = { left: 300, top: 200, width: 60, height: 60 };
    for (let frame = 0; frame < 120; frame += 1) {
      const picture = grey(640, 360, 60);
      // It stands there while the background is learnt, and is gone from frame 60 on.
      if (frame < 60) paint(picture, parked, 220);
      const { boxes } = detector.detect(picture);
      if (frame > 66) expect(boxes).toEqual([]);
    }
  });

  it('ignores what is smaller than the minimum area', () => {
    const detector = new MotionDetector(OPTIONS);
    for (let frame = 0; frame < 90; frame += 1) {
      const picture = grey(640, 360, 60);
      if (frame % 2 === 0) paint(picture, { left: 96, top: 96, width: 8, height: 8 }, 240);
      paint(picture, { left: 20 + frame * 5, top: 200, width: 12, height: 12 }, 240);
      expect(detector.detect(picture).boxes).toEqual([]);
    }
  });

  it('sees only what lies inside the detection zone', () => {
    const detectionZone = [
      [320, 0],
      [640, 0],
      [640, 360],
      [320, 360],
    ] as const;
    const detector = new MotionDetector({ ...OPTIONS, detectionZone });
    const seen = Array.from({ length: 80 }, (_, frame) => detector.detect(withSquare(frame)).motion);
    // The square reaches x = 320 at frame 44.
    expect(seen.indexOf(true)).toBeGreaterThanOrEqual(44);
    expect(seen.slice(55).every(Boolean)).toBe(true);
  });

  it('starts anew when the picture size changes', () => {
    const detector = new MotionDetector(OPTIONS);
    for (let frame = 0; frame < 40; frame += 1) detector.detect(withSquare(frame));
    expect(detector.detect(grey(320, 240, 60)).boxes).toEqual([]);
    expect(detector.detect(withSquare(41)).boxes).toEqual([]);
  });

  it('takes pictures of odd and of tiny sizes', () => {
    for (const [width, height] of [
      [641, 361],
      [3, 3],
      [1, 1],
    ] as const) {
      const detector = new MotionDetector({ ...OPTIONS, history: 1 });
      expect(detector.detect(grey(width, height, 10)).boxes).toEqual([]);
      expect(detector.detect(grey(width, height, 10)).motion).toBe(false);
    }
  });
});
