import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test, vi } from 'vitest';
import { cameInTime, waitEnd } from './came-in-time.ts';

const never = new Promise<undefined>(() => undefined);

/** An end that is there already. */
function reached() {
  const end = waitEnd();
  end.reach();
  return end;
}

test('says whether something came before an end', async () => {
  expect(await cameInTime(Promise.resolve('there'), [waitEnd()])).toBe(true);
  expect(await cameInTime(never, [waitEnd(), reached()])).toBe(false);
  expect(await cameInTime(never, [waitEnd(1)])).toBe(false);
  await expect(cameInTime(Promise.reject(new Error('lost')), [waitEnd()])).rejects.toThrow('lost');
});

test('an end may be asked for while something is awaited, and ends the waits after it', async () => {
  const end = waitEnd();
  expect(await cameInTime(Promise.resolve(), [end])).toBe(true);
  const waiting = cameInTime(never, [waitEnd(), end]);
  end.reach();
  expect(await waiting).toBe(false);
  expect(await cameInTime(Promise.resolve(), [end])).toBe(false);
});

test('an end that was reached may be put off, and comes again after its time', async () => {
  using end = waitEnd(1);
  expect(await cameInTime(never, [end])).toBe(false);
  end.putOff();
  expect(await cameInTime(Promise.resolve(), [end])).toBe(true);
  expect(await cameInTime(never, [end])).toBe(false);
});

test('an end that is far away keeps nothing of what came before it, nor of the waits for it', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void; // what the flag brings
  const farAway = waitEnd();
  const come = async (): Promise<readonly WeakRef<object>[]> => {
    const thing = { bytes: new Uint8Array(1000) };
    const awaited = Promise.resolve(thing);
    const waiting = cameInTime(awaited, [farAway]);
    await waiting;
    return [thing, awaited, waiting].map((one) => new WeakRef(one));
  };
  const kept: WeakRef<object>[] = [];
  for (let index = 0; index < 10; index += 1) kept.push(...(await come()));
  // It tells the last one only.
  await cameInTime(Promise.resolve(), [farAway]);
  await vi.waitFor(
    () => {
      collect();
      expect(kept.filter((one) => one.deref() !== undefined)).toEqual([]);
    },
    { timeout: 30_000 },
  );
  expect(farAway.isReached).toBe(false);
});
