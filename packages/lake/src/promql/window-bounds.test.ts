import { describe, expect, it } from 'vitest';
import { windowBounds } from './window-bounds.ts';

/** What a window holds by its definition: open at the left, closed at the right. */
function expectedBounds(
  times: Float64Array,
  startMs: number,
  question: { stepMs: number; count: number; rangeMs: number },
) {
  const { stepMs, count, rangeMs } = question;
  const upTo = (moment: number): number => times.filter((at) => at <= moment).length;
  return Array.from({ length: count }, (_, step) => {
    const endMs = startMs + step * stepMs;
    return [upTo(endMs - rangeMs), upTo(endMs)];
  });
}

function timesOf(gapsMs: readonly number[]): Float64Array {
  let at = 1_000_000;
  return Float64Array.from(gapsMs, (gap) => (at += gap));
}

const shapes: Readonly<Record<string, Float64Array>> = {
  'no samples': new Float64Array(),
  'one sample': timesOf([7]),
  'a steady beat': timesOf(Array.from({ length: 400 }, () => 15_000)),
  'a beat that is a little off': timesOf(Array.from({ length: 400 }, (_, index) => 15_000 + ((index * 7919) % 11) - 5)),
  'samples with long gaps': timesOf(
    Array.from({ length: 300 }, (_, index) => (index % 40 === 39 ? 1_200_000 : 15_000)),
  ),
  'a burst between silences': timesOf(Array.from({ length: 300 }, (_, index) => (index % 100 < 90 ? 100 : 400_000))),
};

describe('the bounds of windows', () => {
  for (const [shape, times] of Object.entries(shapes)) {
    it(`are those of their definition for ${shape}`, () => {
      for (const stepMs of [0, 1, 15_000, 60_000, 77_777, 3_600_000]) {
        for (const rangeMs of [1, 15_000, 100_000, 300_000]) {
          for (const startMs of [0, 1_000_000, 1_015_000, 1_300_007, 9_000_000]) {
            const question = { stepMs, count: stepMs === 0 ? 1 : 50, rangeMs };
            const { lows, highs } = windowBounds(times, { ends: { startMs, ...question }, rangeMs });
            const found = Array.from({ length: question.count }, (_, step) => [lows[step], highs[step]]);
            expect(found, `step ${stepMs}, range ${rangeMs}, from ${startMs}`).toEqual(
              expectedBounds(times, startMs, question),
            );
          }
        }
      }
    });
  }
});
