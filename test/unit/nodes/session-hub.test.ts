import { describe, expect, it } from 'vitest';
import type { Badge } from '../../../nodes/runtime/badge';
import { SessionHub } from '../../../nodes/runtime/session-hub';
import type { HubListener } from '../../../nodes/runtime/session-hub';
import type { OutputPolicy } from '../../../nodes/runtime/session-settings';
import { outputChange, wantedOutputs } from '../../../nodes/runtime/wanted-outputs';
import type { ListenerWants } from '../../../nodes/runtime/wanted-outputs';
import { PREVIEW, wantedPictures } from '../../../nodes/runtime/wanted-pictures';
import type { PicturePace } from '../../../src/index';
import { dataEvent, frameEvent, phaseEvent } from './events';

const AUTO: OutputPolicy = { video: 'auto', imageOutput: 'image', data: 'auto' };
const data = (...fields: string[]): ListenerWants => ({ kind: 'data', fields, wholeDictionary: false });
const whole: ListenerWants = { kind: 'data', fields: ['a'], wholeDictionary: true };
const jpeg = { kind: 'frame', format: 'jpeg' } as const;
const raw = { kind: 'frame', format: 'bgr24' } as const;

describe('wantedOutputs', () => {
  it('asks for what belongs to every picture, where there are pictures', () => {
    const policy = { ...AUTO, withPictures: ['predictions'] };
    expect(wantedOutputs([jpeg, data('a')], policy).dataOutput).toEqual(['a', 'predictions']);
    expect(wantedOutputs([data('a')], policy).dataOutput).toEqual(['a']);
  });

  it('asks for metadata only while nobody listens', () => {
    expect(wantedOutputs([], AUTO)).toEqual({ streamOutput: [], dataOutput: [], pictures: [] });
  });

  it('unions the fields and asks for no video without an on-frame', () => {
    expect(wantedOutputs([data('b', 'a'), data('a', 'c')], AUTO)).toEqual({
      streamOutput: [],
      dataOutput: ['a', 'b', 'c'],
      pictures: [],
    });
  });

  it('asks for everything, and only that, when one node wants the dictionary', () => {
    expect(wantedOutputs([data('b'), whole], AUTO).dataOutput).toEqual(['*']);
  });

  it('asks for the image output once an on-frame listens, in every format that is wanted', () => {
    expect(wantedOutputs([raw, jpeg, jpeg], AUTO)).toMatchObject({
      streamOutput: ['image'],
      pictures: [{ id: 'bgr24', paces: [{ kind: 'every' }] }, { id: 'jpeg' }, { id: 'preview', paces: [] }],
    });
  });

  it('makes JPEGs in the best quality that is asked for, and asks for the outputs that pictures need', () => {
    const small: ListenerWants = { ...jpeg, jpegQuality: 10 };
    const best: ListenerWants = { ...jpeg, jpegQuality: 2, fields: ['boxes'] };
    expect(wantedOutputs([small, best, { ...raw, jpegQuality: 1 }], AUTO)).toMatchObject({
      pictures: [{ id: 'bgr24' }, { id: 'jpeg', jpegQuality: 2 }, PREVIEW],
      dataOutput: ['boxes'],
    });
    expect(outputChange(wantedOutputs([small], AUTO), wantedOutputs([jpeg], AUTO))).toEqual({ kind: 'restart' });
  });

  it('leaves the choice of the image to the server when none is named', () => {
    expect(wantedOutputs([jpeg], { ...AUTO, imageOutput: null }).streamOutput).toBeNull();
  });

  it('follows what is set by hand', () => {
    const policy: OutputPolicy = { video: 'never', imageOutput: 'image', data: ['x'] };
    expect(wantedOutputs([jpeg, data('a')], policy)).toEqual({ streamOutput: [], dataOutput: ['x'], pictures: [] });
    expect(wantedOutputs([], { ...policy, video: 'always' }).streamOutput).toEqual(['image']);
  });
});

describe('wantedPictures', () => {
  it('makes one picture for all who want the same, as often as any of them, and one a size', () => {
    const slow: PicturePace = { kind: 'interval', intervalMs: 9 };
    const asked: PicturePace = { kind: 'request' };
    const fit = { width: 320, height: 240 };
    const wants = [
      { ...jpeg, pace: slow },
      { ...jpeg, pace: asked },
      { ...jpeg, fit, pace: asked },
      { ...jpeg, fit },
      jpeg,
    ];
    expect(wantedPictures(wants.slice(0, 4))).toEqual([
      { id: 'jpeg', format: 'jpeg', paces: [slow, asked] },
      { id: 'jpeg 320x240', format: 'jpeg', fit, paces: [{ kind: 'every' }] },
    ]);
    expect(wantedPictures(wants)[0]?.paces).toEqual([{ kind: 'every' }]);
  });
});

describe('outputChange', () => {
  const now = wantedOutputs([data('a'), jpeg], AUTO);
  it.each([
    ['nothing for the same wires in another order', [jpeg, data('a')], { kind: 'none' }],
    ['a live change for other fields', [jpeg, data('b')], { kind: 'reconfigure', dataOutput: ['b'] }],
    [
      'a live change of how often pictures are made',
      [{ ...jpeg, pace: { kind: 'interval', intervalMs: 5 } }, data('a')],
      {
        kind: 'reconfigure',
        pictures: [{ id: 'jpeg', format: 'jpeg', paces: [{ kind: 'interval', intervalMs: 5 }] }, PREVIEW],
      },
    ],
    ['a restart for another size', [{ ...jpeg, fit: { width: 64, height: 64 } }, data('a')], { kind: 'restart' }],
    ['a restart for another format', [raw, data('a')], { kind: 'restart' }],
    ['a restart when the last on-frame goes', [data('a')], { kind: 'restart' }],
  ] as const)('is %s', (_, listeners, expected) => {
    expect(outputChange(now, wantedOutputs(listeners, AUTO))).toEqual(expected);
  });

  it('is a restart for the first on-frame', () => {
    expect(outputChange(wantedOutputs([data('a')], AUTO), now)).toEqual({ kind: 'restart' });
  });
});

class Listener implements HubListener {
  readonly heard: string[] = [];
  readonly pictures: Buffer[] = [];
  badge: Badge | undefined;
  readonly wants: ListenerWants;
  readonly stream: string;

  constructor(wants: ListenerWants, stream = '') {
    this.wants = wants;
    this.stream = stream;
  }
  onData(_event: unknown, stream: string): void {
    this.heard.push(`data ${stream}`);
  }
  onFrame(_event: unknown, stream: string, picture: Buffer): void {
    this.heard.push(`frame ${stream}`);
    this.pictures.push(picture);
  }
  onBadge(badge: Badge): void {
    this.badge = badge;
  }
}

const newHub = () => new SessionHub(AUTO, (id) => id.replace('webrtc-session.status.', ''));

describe('SessionHub', () => {
  it('serves listeners that came before the stream as well as later ones', () => {
    const hub = newHub();
    const early = new Listener(data('a'));
    hub.addListener(early);
    const stream = hub.addStream('door');
    const late = new Listener(data('b'));
    hub.addListener(late);
    stream.data(dataEvent({ a: 1 }));
    expect([early.heard, late.heard]).toEqual([['data door'], ['data door']]);
    expect(stream.wanted().dataOutput).toEqual(['a', 'b']);
  });

  it('keeps streams apart for listeners that name one', () => {
    const hub = newHub();
    const door = hub.addStream('door');
    const yard = hub.addStream('yard');
    const all = new Listener(data('a'));
    const onlyYard = new Listener(jpeg, 'yard');
    hub.addListener(all);
    hub.addListener(onlyYard);
    door.frame(frameEvent());
    yard.frame(frameEvent());
    door.data(dataEvent({}));
    expect(onlyYard.heard).toEqual(['frame yard']);
    expect(all.heard).toEqual(['data door']);
    expect([door.wanted().streamOutput, yard.wanted().streamOutput]).toEqual([[], ['image']]);
  });

  it('gives the picture itself to the first taker and copies to the others', () => {
    const hub = newHub();
    const takers = [new Listener(jpeg), new Listener(raw), new Listener(jpeg), new Listener(jpeg)];
    for (const taker of takers) hub.addListener(taker);
    const event = frameEvent();
    hub.addStream('door').frame(event);
    const [first, wrongFormat, second, third] = takers.map((taker) => taker.pictures[0]);
    expect(wrongFormat).toBeUndefined();
    expect(first?.buffer).toBe(event.data.buffer);
    first?.fill(0);
    second?.fill(1);
    expect([...(third ?? [])]).toEqual([0xff, 0xd8, 0xff, 0xd9]);
  });

  it('forgets who has left', () => {
    const hub = newHub();
    const listener = new Listener(data('a'));
    const leave = hub.addListener(listener);
    const stream = hub.addStream('door');
    leave();
    stream.data(dataEvent({}));
    expect(listener.heard).toEqual([]);
    expect(stream.wanted().dataOutput).toEqual([]);
    stream.leave();
    stream.leave();
    expect(hub.users).toEqual({ streams: 0, listeners: 0 });
  });

  it('shows each listener the state of its streams', () => {
    const hub = newHub();
    const listener = new Listener(data('a'));
    hub.addListener(listener);
    expect(listener.badge?.text).toBe('noStream');
    const door = hub.addStream('door');
    expect(listener.badge?.text).toBe('not_started');
    expect(door.phase(phaseEvent()).text).toBe('live');
    expect(listener.badge?.text).toBe('live');
    const yard = hub.addStream('yard');
    expect(listener.badge).toMatchObject({ fill: 'yellow', text: 'several' });
    yard.leave();
    expect(listener.badge?.text).toBe('live');
  });
});
