import { describe, expect, it } from 'vitest';
import { parseServerMessage } from '../../../src/channel/message';
import { refuseHeavy } from '../../../src/session/heavy-message';

const message = (outputs: string) =>
  parseServerMessage(JSON.parse(`{"serialized_output_data":{"a":${outputs}},"video_metadata":{"frame_id":3}}`));

describe('refuseHeavy', () => {
  it('lets through what workflows send', () => {
    expect(() => refuseHeavy(message('[{"class":"a","points":[{"x":1,"y":2}]}]'))).not.toThrow();
    expect(() => refuseHeavy({ ...message('1'), outputs: null })).not.toThrow();
  });

  it.each([
    ['deeper nested than threads and nodes can copy', `${'['.repeat(20_000)}${']'.repeat(20_000)}`, /nested/],
    ['many times larger in memory than on the wire', `[${'[],'.repeat(1_700_000)}[]]`, /bytes/],
  ])('refuses what is %s, naming the frame', (_title, outputs, reason) => {
    expect(() => refuseHeavy(message(outputs))).toThrow(
      expect.objectContaining({
        code: 'MESSAGE_MALFORMED',
        details: { frameId: 3, reason: expect.stringMatching(reason) as string },
      }),
    );
  });
});
