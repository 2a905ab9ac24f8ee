import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test, vi } from 'vitest';
import { cameInTime, waitEnd } from './came-in-time.ts';

const never = new Promise<undefined>(() => undefined);

/** Longer than any test. */
const longMs = 3_600_000;

test('says whether something came before an end', async () => {
  using late = waitEnd(longMs);
  using soon = waitEnd(1);
  expect(await cameInTime(Promise.resolve('there'), [late])).toBe(true);
  expect(await cameInTime(never, [late, soon])).toBe(false);
  expect(await cameInTime(never, [soon])).toBe(false);
  await expect(cameInTime(Promise.reject(new Error('lost')), [late])).rejects.toThrow('lost');
});

test('an end may come sooner than its time, and ends the waits after it', async () => {
  using end = waitEnd(longMs);
  using late = waitEnd(longMs);
  expect(await cameInTime(Promise.resolve(), [end])).toBe(true);
  const waiting = cameInTime(never, [late, end]);
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
  using farAway = waitEnd(longMs);
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
