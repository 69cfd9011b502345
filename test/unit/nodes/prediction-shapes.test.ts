import { describe, expect, it } from 'vitest';
import { predictionShapes } from '../../../nodes/runtime/prediction-shapes';

const box = { x: 120, y: 200, width: 40, height: 80, confidence: 0.91, class_id: 0, class: 'person' };
const image = { width: 640, height: 480 };
const bbox = [100, 160, 40, 80];

describe('predictionShapes', () => {
  it('gives a box by its left upper corner, its label, and how many there are of each class', () => {
    const predictions = [box, { ...box, x: 320, class: 'dog', confidence: 0.5 }, { ...box, tracker_id: 3 }];
    expect(predictionShapes({ image, predictions })).toEqual({
      annotations: [
        { type: 'rect', bbox, label: 'person 91%' },
        { type: 'rect', bbox: [300, 160, 40, 80], label: 'dog 50%' },
        { type: 'rect', bbox, label: 'person 91%' },
      ],
      objects: [
        { bbox, class: 'person', score: 0.91 },
        { bbox: [300, 160, 40, 80], class: 'dog', score: 0.5 },
        { bbox, class: 'person', score: 0.91, trackerId: 3 },
      ],
      classes: { person: 2, dog: 1 },
    });
  });

  const points = [
    { x: 100, y: 160 },
    { x: 140, y: 160 },
    { x: 140, y: 240 },
  ];
  const nose = { class_id: 0, class: 'nose', confidence: 0.8, x: 121, y: 166 };
  const top = { predictions: [{ class: 'cat', class_id: 0, confidence: 0.97 }], top: 'cat', confidence: 0.97 };
  const multi = { predictions: { cat: { confidence: 0.9, class_id: 0 }, dog: { confidence: 0.1, class_id: 1 } } };

  it.each([
    ['the list of detections alone', [box], [{ bbox, class: 'person', score: 0.91 }]],
    [
      'an instance segmentation',
      { image, predictions: [{ ...box, points }] },
      [
        {
          ...{ bbox, class: 'person', score: 0.91 },
          points: [
            [100, 160],
            [140, 160],
            [140, 240],
          ],
        },
      ],
    ],
    [
      'keypoints',
      { image, predictions: [{ ...box, keypoints: [nose] }] },
      [{ bbox, class: 'person', score: 0.91, keypoints: [{ class: 'nose', x: 121, y: 166, score: 0.8 }] }],
    ],
    [
      'a semantic segmentation without a size',
      { image: { width: null, height: null }, predictions: [box] },
      [{ bbox, class: 'person', score: 0.91 }],
    ],
    [
      'a detection on a crop',
      { image, predictions: [{ ...box, parent_origin: { offset_x: 5, offset_y: 5, width: 80, height: 80 } }] },
      [{ bbox, class: 'person', score: 0.91 }],
    ],
    ['a classification', { image, ...top }, [{ bbox: null, class: 'cat', score: 0.97 }]],
    ['a classification of nothing', { image, predictions: [], top: '', confidence: 0 }, []],
    [
      'a multi-label classification',
      { image, ...multi, predicted_classes: ['cat'] },
      [{ bbox: null, class: 'cat', score: 0.9 }],
    ],
    ['a multi-label classification of nothing', { image, ...multi, predicted_classes: [] }, []],
    ['no detections', { image: { width: null, height: null }, predictions: [] }, []],
    ['an empty list', [], []],
    [
      'a box with a size that is null, and a confidence that is',
      { predictions: [{ ...box, width: null, confidence: null }] },
      [{ bbox: null, class: 'person', score: null }],
    ],
    ['broken points', [{ ...box, points: [7, { x: 1 }] }], [{ bbox, class: 'person', score: 0.91, points: [] }]],
    ['a broken entry among good ones', [null, box], [{ bbox, class: 'person', score: 0.91 }]],
  ])('reads %s', (_, value, objects) => {
    expect(predictionShapes(value)?.objects).toEqual(objects);
  });

  it('draws nothing for what has no box, and counts it', () => {
    const shapes = predictionShapes({ image, ...top });
    expect([shapes?.annotations, shapes?.classes]).toEqual([[], { cat: 1 }]);
  });

  it('counts classes with any name', () => {
    const predictions = [
      { ...box, class: '__proto__' },
      { ...box, class: 'constructor' },
    ];
    expect(Object.entries(predictionShapes({ predictions })?.classes ?? {})).toEqual([
      ['__proto__', 1],
      ['constructor', 1],
    ]);
  });

  it.each([[true], [7], [null], ['text'], [{ count: 2 }], [[1, 2]], [{ predictions: 'x' }], [[{ x: 1 }]]])(
    'sees no predictions in %j',
    (value) => expect(predictionShapes(value)).toBeUndefined(),
  );

  it('only reads what it is given, and shares nothing with it', () => {
    const value = { image, predictions: [{ ...box, points }] };
    const before = structuredClone(value);
    const shapes = predictionShapes(value);
    shapes?.annotations[0]?.bbox.fill(0);
    expect(shapes?.objects[0]?.bbox).toEqual(bbox);
    expect(value).toEqual(before);
  });
});
