import { expect, test } from 'vitest';
import { ONSET_NUMBERS, createOnsets } from './onsets.ts';

const habituationSamples = 100;

/** A series whose course is of so many decades at every 500th sample, and of none between. */
function withCourses(decades: readonly number[], numbers = new Float64Array(ONSET_NUMBERS)): number[] {
  const onsets = createOnsets(habituationSamples, numbers);
  return decades.map((each) => {
    for (let i = 0; i < 499; i++) onsets.passBy();
    onsets.passBy();
    return onsets.onsetOf(each);
  });
}
const decadesOf = (likelihood: number | undefined): number => -Math.log10(1 - (likelihood ?? 0));

test('the first strong course is told in full, one like those before less and less', () => {
  const told = withCourses([3.5, 3.5, 3.5, 3.5, 3.5, 3.5]).map(decadesOf);
  expect(told[0]).toBeCloseTo(3.5, 6);
  for (let i = 1; i < told.length; i++) expect(told[i]).toBeLessThan((told[i - 1] ?? 0) - 0.05);
});

test('a course that is stronger than all before is told nearly in full', () => {
  const told = withCourses([3.5, 3.5, 3.5, 3.5, 5]).map(decadesOf);
  expect(told.at(-1)).toBeGreaterThan(4.9);
});

test('weaker courses are no habit of a strong one, and strong ones are of a weak one', () => {
  const afterWeak = decadesOf(withCourses([2.7, 2.7, 2.7, 4]).at(-1));
  const afterStrong = decadesOf(withCourses([4, 4, 4, 2.7]).at(-1));
  expect(afterWeak).toBeGreaterThan(3.99);
  expect(afterStrong).toBeLessThan(2.2);
});

test('within some samples of an onset only a stronger course is another one', () => {
  const onsets = createOnsets(habituationSamples, new Float64Array(ONSET_NUMBERS));
  const next = (decades: number): number => {
    onsets.passBy();
    return onsets.onsetOf(decades);
  };
  expect(next(3)).toBeGreaterThan(0);
  expect(next(3)).toBe(0);
  expect(next(2.9)).toBe(0);
  expect(decadesOf(next(3.4))).toBeCloseTo(3.4, 6);
});

test('a course that passing by allows to leave out would have changed nothing', () => {
  const numbers = new Float64Array(ONSET_NUMBERS);
  const onsets = createOnsets(habituationSamples, numbers);
  for (const decades of [3, 2.2, 4, 1, 2.6, 3.9]) {
    const least = onsets.passBy();
    if (decades > least) {
      onsets.onsetOf(decades);
      continue;
    }
    const before = numbers.slice();
    expect(onsets.onsetOf(decades)).toBe(0);
    expect(numbers).toEqual(before);
  }
});

test('onsets go on from their numbers bit for bit', () => {
  const courses = [3.1, 2.8, 3.3, 4.4, 3.2, 2.7, 6.5, 3.1, 9, 3];
  const whole = withCourses(courses);
  const numbers = new Float64Array(ONSET_NUMBERS);
  const first = withCourses(courses.slice(0, 4), numbers);
  expect([...first, ...withCourses(courses.slice(4), numbers.slice())]).toEqual(whole);
});
