import { describe, expect, it } from 'vitest';
import { analyse } from './analyser.ts';
import { passageFeatures, scoresWithFeatures } from './feature-reranking.ts';

const passage = (text: string, headings: readonly string[] = [], title?: string) => ({ title, headings, text });
const weightsOf = (question: string) => new Map(analyse(question).map((term) => [term, 1]));
const featuresOf = (question: string, ...passages: Parameters<typeof passageFeatures>[2]) =>
  passageFeatures(question, weightsOf(question), passages);

describe('passageFeatures', () => {
  it('sees whether neighbours in the question are near each other in the passage, in either order', () => {
    const far = `pressure ${'filler word '.repeat(10)} drop`;
    const [near, swapped, apart, none] = featuresOf(
      'pressure drop',
      passage('a pressure drop'),
      passage('a drop of pressure'),
      passage(far),
      passage('pressure'),
    );
    expect(near?.proximity).toBe(0.5);
    expect(swapped?.proximity).toBe(0.5);
    expect(apart?.proximity).toBe(0);
    expect(none?.proximity).toBe(0);
  });

  it('counts a rare pair more than a common one, and repeats less and less', () => {
    const weights = new Map([
      ['pump', 1],
      ['pressur', 1],
      ['cavit', 9],
    ]);
    const [common, rare, often] = passageFeatures('pump pressure cavitation', weights, [
      passage('pump pressure'),
      passage('pressure cavitation'),
      passage('pump pressure '.repeat(50)),
    ]);
    expect(common?.proximity).toBe(rare?.proximity);
    expect(often?.proximity).toBeGreaterThan(common?.proximity ?? 1);
    expect(often?.proximity).toBeLessThanOrEqual(0.5);
    const heavy = new Map([...weights, ['pressur', 9]]);
    const [light, strong] = passageFeatures('pump pressure cavitation', heavy, [
      passage('pump pressure'),
      passage('pressure cavitation'),
    ]);
    expect(strong?.proximity).toBeGreaterThan(light?.proximity ?? 1);
  });

  it('sees how much of the question stands in title and headings', () => {
    const [title, headings, both, none] = featuresOf(
      'seal leak',
      passage('x', [], 'Seal'),
      passage('x', ['Fix', 'Leak of oil']),
      passage('x', ['Leaks'], 'Seals'),
      passage('seal leak'),
    );
    expect(title?.headings).toBe(0.5);
    expect(headings?.headings).toBe(0.5);
    expect(both?.headings).toBe(1);
    expect(none?.headings).toBe(0);
  });

  it('sees nothing where the question has no words, and is not bothered by an endless passage', () => {
    expect(featuresOf('', passage('seal'))).toEqual([{ proximity: 0, headings: 0 }]);
    expect(featuresOf('the of', passage('the of'))).toEqual([{ proximity: 0, headings: 0 }]);
    const [blob] = featuresOf('seal leak', passage('seal leak '.repeat(100_000)));
    expect(blob?.proximity).toBeLessThanOrEqual(1);
  });
});

describe('scoresWithFeatures', () => {
  it('lifts by deviations of the scores that were read, and leaves the rest as it is', () => {
    const features = [
      { proximity: 0, headings: 0 },
      { proximity: 1, headings: 0 },
    ];
    const [first = 0, second = 0, third] = scoresWithFeatures([12, 8, 1], features);
    expect(first).toBe(12);
    expect(second).toBe(11);
    expect(third).toBe(1);
    const scaled = scoresWithFeatures([120, 80, 10], features);
    expect(scaled.map((score) => score / 10)).toEqual(
      [first, second, third].map((score) => expect.closeTo(score ?? 0, 9)),
    );
  });

  it('leaves scores that are all the same finite', () => {
    expect(scoresWithFeatures([3, 3], [{ proximity: 0.5, headings: 0 }]).every(Number.isFinite)).toBe(true);
    expect(scoresWithFeatures([], [])).toEqual([]);
  });
});
