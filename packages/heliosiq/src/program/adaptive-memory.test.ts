import { expect, test } from 'vitest';
import { flagsWhileBusy } from './adaptive-memory.ts';

test.each([
  [40, 45],
  [100, 45],
  [120, 25],
  [150, 15],
  [900, 15],
])('a heap of %i MiB grows by %i percent while there is work', (heapMib, percent) => {
  expect(flagsWhileBusy(heapMib)).toEqual(['--no-optimize-for-size', `--heap-growing-percent=${percent}`]);
});
