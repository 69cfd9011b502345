import { describe, expect, it } from 'vitest';
import { parseOutputChange } from '../../../nodes/runtime/asked-outputs';

describe('what a message asks for', () => {
  it.each([
    [{ data_output: ['a', ' b '] }, { dataOutput: ['a', 'b'] }],
    [{ data_output: [] }, { dataOutput: [] }],
    [
      { data_output: '*', stream_output: 'boxes' },
      { streamOutput: ['boxes'], dataOutput: ['*'] },
    ],
    [{ data_output: null, stream_output: ['boxes'] }, { streamOutput: ['boxes'] }],
  ])('is read from %j', (payload, change) => {
    expect(parseOutputChange(payload)).toEqual(change);
  });

  it.each([
    undefined,
    'image',
    [],
    {},
    { data_output: null },
    { dataOutput: ['a'] },
    { data_output: [7] },
    { data_output: '' },
  ])('is refused from %j, with an example of what is right', (payload) => {
    expect(() => parseOutputChange(payload)).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        message: expect.stringMatching(/"data_output": \["predictions"\]/) as string,
      }) as Error,
    );
  });
});
