import { HeliosError } from '@heliosiq/model';
import { expect, test } from 'vitest';
import { commitIfHeld } from './commit-if-held.ts';

const failing = (error: unknown) => ({ commit: () => Promise.reject(error) });

test('a commit says whether the partition was still held, and tells every other failure', async () => {
  expect(await commitIfHeld({ commit: () => Promise.resolve() })).toBe(true);
  expect(await commitIfHeld(failing(new HeliosError('conflict', 'another member has it')))).toBe(false);
  await expect(commitIfHeld(failing(new HeliosError('unavailable', 'the log is out')))).rejects.toThrow('is out');
  await expect(commitIfHeld(failing(new Error('a bug')))).rejects.toThrow('a bug');
});
