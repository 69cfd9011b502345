/** What an assembler gives, as texts: `key 3000`, `inter 6000`, `loss 2`. */
import type { AssemblerEvent } from '../../../src/rtp/frame-assembler';

export const eventTexts = (events: readonly AssemblerEvent[]): string[] =>
  events.map((event) =>
    event.kind === 'loss'
      ? `loss ${event.packets}`
      : `${event.accessUnit.keyframe ? 'key' : 'inter'} ${event.accessUnit.pts90k}`,
  );
