import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test, vi } from 'vitest';
import { cameInTime } from './came-in-time.ts';

const never = new Promise<undefined>(() => undefined);

test('says whether something came before an end', async () => {
  expect(await cameInTime(Promise.resolve('there'), [never])).toBe(true);
  expect(await cameInTime(never, [never, Promise.resolve(undefined)])).toBe(false);
  await expect(cameInTime(Promise.reject(new Error('lost')), [never])).rejects.toThrow('lost');
});

test('an end that is far away keeps nothing of what came before it', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void; // what the flag brings
  const come = async (): Promise<WeakRef<object>> => {
    const thing = { bytes: new Uint8Array(1000) };
    await cameInTime(Promise.resolve(thing), [never]);
    return new WeakRef(thing);
  };
  const kept = await Promise.all(Array.from({ length: 10 }, come));
  await vi.waitFor(
    () => {
      collect();
      expect(kept.filter((one) => one.deref() !== undefined)).toEqual([]);
    },
    { timeout: 30_000 },
  );
});
