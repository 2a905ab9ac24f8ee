import { expect, it } from 'vitest';
import { createIsoTime } from './iso-time.ts';

it('writes every moment as a date does: in order, against it, before 1970, far away', () => {
  const write = createIsoTime();
  const moments = [
    0,
    1,
    59_999,
    60_000,
    3_599_999,
    3_600_000,
    1.7e12 + 123,
    1.7e12 + 122,
    1.7e12 - 5e9,
    -1,
    -3_600_001,
  ];
  for (let index = 0; index < 5000; index += 1) moments.push(1.75e12 + index * 7919);
  moments.push(8.64e15, -8.64e15);
  for (const at of moments) expect(write(at)).toBe(new Date(at).toISOString());
});
