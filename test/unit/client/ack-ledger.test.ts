import { describe, expect, it } from 'vitest';
import { AckLedger } from '../../../src/client/ack-ledger';
import { deferred } from '../nodes/events';
import { ManualClock } from '../transport/manual-clock';

function bench(pictures: string[] = ['jpeg']) {
  const clock = new ManualClock();
  const acknowledged: number[] = [];
  const ledger = new AckLedger({
    clock,
    pictures: () => pictures,
    acknowledge: (frameId) => acknowledged.push(frameId),
  });
  const data = (frameId: number, awaitsPictures = false) => {
    const handled = deferred<undefined>();
    ledger.data(frameId, { handled: handled.promise.then(() => undefined), awaitsPictures });
    return () => handled.resolve(undefined);
  };
  const picture = (frameId: number, id = 'jpeg') => {
    const handled = deferred<undefined>();
    ledger.picture(
      frameId,
      id,
      handled.promise.then(() => undefined),
    );
    return () => handled.resolve(undefined);
  };
  return { clock, ledger, acknowledged, data, picture };
}

/** Promises of the other side are settled by then. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('AckLedger', () => {
  it('acknowledges a frame when its handlers are done', async () => {
    const { acknowledged, data } = bench();
    const done = data(1);
    await turn();
    expect(acknowledged).toEqual([]);
    done();
    await turn();
    expect(acknowledged).toEqual([1]);
  });

  it('never acknowledges a frame before an earlier one is done, then all at once', async () => {
    const { acknowledged, ledger, data } = bench();
    const [first, second, third] = [data(1), data(2), data(3)];
    second();
    third();
    await turn();
    expect([acknowledged, ledger.pending]).toEqual([[], 3]);
    first();
    await turn();
    expect([acknowledged, ledger.pending]).toEqual([[3], 0]);
  });

  it('waits for every picture of a frame and for those who got it', async () => {
    const { acknowledged, data, picture, clock } = bench(['jpeg', 'png']);
    data(1, true)();
    const [jpeg, png] = [picture(1), picture(1, 'png')];
    await turn();
    expect(acknowledged).toEqual([]);
    jpeg();
    await turn();
    expect(acknowledged).toEqual([]);
    png();
    await turn();
    expect([acknowledged, clock.pending]).toEqual([[1], 0]);
  });

  it('takes a picture for lost when one of a later frame comes', async () => {
    const { acknowledged, data, picture } = bench();
    data(1, true)();
    data(2, true)();
    picture(2);
    await turn();
    expect(acknowledged).toEqual([1]);
  });

  it('waits for a picture that takes longer than others of later frames', async () => {
    const { acknowledged, data, picture } = bench(['jpeg', 'png']);
    data(1, true)();
    data(2, true)();
    for (const frameId of [1, 2]) picture(frameId)();
    await turn();
    expect(acknowledged).toEqual([]);
    picture(1, 'png')();
    await turn();
    expect(acknowledged).toEqual([1]);
    picture(2, 'png')();
    await turn();
    expect(acknowledged).toEqual([1, 2]);
  });

  it('takes a picture for lost after five seconds, so that the server does not wait for ever', async () => {
    const { acknowledged, data, clock } = bench();
    data(1, true)();
    await turn();
    clock.advance(4_999);
    expect(acknowledged).toEqual([]);
    clock.advance(1);
    expect(acknowledged).toEqual([1]);
  });

  it('waits for no picture where there are none', async () => {
    const { acknowledged, data, clock } = bench([]);
    data(1, true)();
    await turn();
    expect([acknowledged, clock.pending]).toEqual([[1], 0]);
  });

  it('counts a picture that nobody had expected', async () => {
    const { acknowledged, data, picture } = bench();
    const done = data(1);
    const shown = picture(1);
    done();
    await turn();
    expect(acknowledged).toEqual([]);
    shown();
    await turn();
    expect(acknowledged).toEqual([1]);
  });

  it('forgets the frames of a connection when another one counts anew', async () => {
    const { acknowledged, ledger, data } = bench();
    const old = data(5);
    data(1)();
    await turn();
    old();
    await turn();
    expect([acknowledged, ledger.pending]).toEqual([[1], 0]);
  });

  it('acknowledges nothing more once it is closed', async () => {
    const { acknowledged, ledger, data, clock } = bench();
    const done = data(1, true);
    ledger.close();
    done();
    await turn();
    expect([acknowledged, clock.pending]).toEqual([[], 0]);
  });
});
