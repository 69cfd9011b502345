import { describe, expect, it } from 'vitest';
import type { ControlChange } from '../../../src/channel/control-message';
import { ServerControls } from '../../../src/session/server-controls';
import type { ControlLink } from '../../../src/session/server-controls';

/** A link that notes what it sends once it is up. */
function link(): ControlLink & { sent: ControlChange[]; up: boolean } {
  const fake = {
    sent: [] as ControlChange[],
    up: false,
    control(change: ControlChange) {
      if (fake.up) fake.sent.push(change);
      return fake.up;
    },
  };
  return fake;
}

function upLink(controls: ServerControls): ReturnType<typeof link> {
  const used = link();
  controls.use(used);
  used.up = true;
  controls.linkUp();
  return used;
}

describe('other outputs', () => {
  it('that are asked for before the link is up are asked for when it is', () => {
    const controls = new ServerControls('never');
    const used = link();
    controls.use(used);
    controls.change({ dataOutput: ['a'] });
    controls.change({ streamOutput: ['b'] });
    used.up = true;
    controls.linkUp();
    expect(used.sent).toEqual([{ dataOutput: ['a'], streamOutput: ['b'] }]);
    controls.change({ dataOutput: ['c'] });
    expect(used.sent.at(-1)).toEqual({ dataOutput: ['c'] });
  });

  it('are not repeated on the next link, whose request holds them', () => {
    const controls = new ServerControls('never');
    controls.use(undefined);
    controls.change({ dataOutput: ['a'] });
    expect(upLink(controls).sent).toEqual([]);
  });
});

describe('acknowledgements', () => {
  it('let the server work a little ahead', () => {
    const controls = new ServerControls('auto');
    const used = upLink(controls);
    controls.closeGate();
    controls.received(1);
    controls.acknowledge(1);
    expect(used.sent).toEqual([{ ack: 8 }, { ack: 9 }]);
  });

  it('of a frame that was of no use wait for the frames before it', () => {
    const controls = new ServerControls('auto');
    const used = upLink(controls);
    controls.unusable(1);
    controls.received(2);
    controls.unusable(3);
    controls.unusable(4);
    expect(used.sent).toEqual([{ ack: 9 }]);
    expect(controls.awaitsUser).toBe(true);
    controls.acknowledge(2);
    expect(used.sent).toEqual([{ ack: 9 }, { ack: 12 }]);
    expect(controls.awaitsUser).toBe(false);
  });

  it('by hand are exactly what the user says', () => {
    const controls = new ServerControls('manual');
    const used = upLink(controls);
    controls.closeGate();
    controls.received(3);
    controls.acknowledge(2);
    expect(used.sent).toEqual([{ ack: 2 }]);
  });

  it('are not sent in real time', () => {
    const controls = new ServerControls('never');
    const used = upLink(controls);
    controls.received(1);
    controls.acknowledge(1);
    expect(used.sent).toEqual([]);
  });

  it('of frames that the link never had, or that no server counts, are dropped', () => {
    const controls = new ServerControls('auto');
    upLink(controls);
    controls.received(500);
    const used = upLink(controls);
    controls.received(3);
    for (const frameId of [500, 1.5, 0, -1, NaN, Infinity]) {
      controls.received(frameId === 500 ? 3 : frameId);
      controls.acknowledge(frameId);
    }
    expect(used.sent).toEqual([]);
  });

  it('are given for a message that could not be read: nobody else will', () => {
    const controls = new ServerControls('auto');
    const used = upLink(controls);
    controls.unusable(7);
    controls.unusable(null);
    expect(used.sent).toEqual([{ ack: 15 }]);
    expect(controls.awaitsUser).toBe(false);
  });

  it('that are still owed explain the silence of the server', () => {
    const controls = new ServerControls('manual');
    upLink(controls);
    expect(controls.awaitsUser).toBe(false);
    controls.received(1);
    expect(controls.awaitsUser).toBe(true);
    controls.acknowledge(1);
    expect(controls.awaitsUser).toBe(false);
  });
});
