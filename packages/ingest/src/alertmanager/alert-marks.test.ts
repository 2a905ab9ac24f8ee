import { expect, test } from 'vitest';
import { encodeMarks, type LogMark, readMarks, recalledFrom } from './alert-marks.ts';

const minuteMs = 60_000;
const start = 1_767_571_200_000;

function markAt(seconds: number): LogMark {
  return { at: start + seconds * 1000, ends: [seconds, 0, 2 * seconds, 7] };
}

test('the log is read from a mark that is a minute older than the newest: another process may be that far behind', () => {
  expect(recalledFrom([markAt(0), markAt(30), markAt(61), markAt(95)])).toEqual(markAt(30));
  expect(recalledFrom([markAt(95), markAt(61), markAt(30), markAt(0)])).toEqual(markAt(30));
});

test('it is read from the oldest mark where none is that old, and not at all without one', () => {
  expect(recalledFrom([markAt(3), markAt(6)])).toEqual(markAt(3));
  expect(recalledFrom([])).toBeUndefined();
});

test('marks come back as they were saved, without those that nobody can need', () => {
  const marks: LogMark[] = [];
  for (let seconds = 0; seconds < 600; seconds += 3) marks.push(markAt(seconds));
  const kept = readMarks(encodeMarks(marks)) ?? [];
  expect(recalledFrom(kept)).toEqual(recalledFrom(marks));
  expect(kept.at(-1)).toEqual(marks.at(-1));
  expect(kept.every(({ at }) => at >= start + 597_000 - minuteMs - 3000)).toBe(true);
});

test.each(['', 'no JSON', '{}', '[{"at":1}]', '[{"at":1,"ends":[-1]}]'])('%j is no list of marks', (text) => {
  expect(readMarks(Buffer.from(text))).toBeUndefined();
});
