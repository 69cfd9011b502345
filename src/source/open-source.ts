/** Every live source by its description: a new kind is one file beside this and one line below. */
import type { LiveSource, SourceContext } from './live-source';
import { openStream } from './open-stream';
import type { StreamSpec, TestPatternSpec, WebcamSpec } from './spec';
import { openTestPattern } from './test-pattern';
import { openWebcam } from './webcam-source';

/** Never throws: what goes wrong is told by `opened` and `ended` of the result. Uploads are no live source. */
export function openSource(spec: TestPatternSpec | StreamSpec | WebcamSpec, context: SourceContext): LiveSource {
  switch (spec.kind) {
    case 'test-pattern':
      return openTestPattern(spec, context);
    case 'stream':
      return openStream(spec, context);
    case 'webcam':
      return openWebcam(spec, context);
  }
}
