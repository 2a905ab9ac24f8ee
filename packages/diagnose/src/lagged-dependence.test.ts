import { describe, expect, test } from 'vitest';
import { laggedLinks, type LaggedLink } from './lagged-dependence.ts';
import { normalTailDecades } from './normal-tail.ts';
import { seededRandom } from './seeded-random.ts';

const SAMPLES = 600;

/** Standard normal numbers (Box and Muller 1958). */
function normals(seed: number): () => number {
  const random = seededRandom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A world of series: each has noise of its own, and follows others by so many steps with such a weight. */
function world(
  seed: number,
  wires: readonly (readonly [follower: string, leader: string, lag: number, weight: number])[],
  options: {
    readonly names?: readonly string[];
    readonly memory?: number;
    readonly common?: (at: number) => number;
  } = {},
): Map<string, Float64Array> {
  const names = options.names ?? [...new Set(wires.flatMap(([follower, leader]) => [follower, leader]))].sort();
  const noise = normals(seed);
  const series = new Map(names.map((name) => [name, new Float64Array(SAMPLES)]));
  const own = new Map(names.map((name) => [name, 0]));
  for (let at = 0; at < SAMPLES; at++) {
    for (const name of names) {
      const state = (options.memory ?? 0.3) * (own.get(name) ?? 0) + noise();
      own.set(name, state);
      const led = wires
        .filter(([follower]) => follower === name)
        .reduce((sum, [, leader, lag, weight]) => sum + weight * (series.get(leader)?.[at - lag] ?? 0), 0);
      series.get(name)?.fill(state + led + (options.common?.(at) ?? 0), at, at + 1);
    }
  }
  return series;
}

const named = (links: readonly LaggedLink[]): string[] =>
  links.map(({ follower, leader }) => `${follower}<${leader}`).sort();
const seeds = Array.from({ length: 5 }, (_, index) => 101 + index);

describe('links from lagged dependence', () => {
  const wires = [
    ['b', 'a', 1, 0.7],
    ['c', 'b', 2, 0.7],
    ['d', 'b', 1, 0.6],
    ['f', 'e', 1, 0.7],
    ['g', 'e', 3, 0.7],
  ] as const;
  const truth = new Set(wires.map(([follower, leader]) => `${follower}<${leader}`));

  test('of the links told in worlds with a known graph at least 95% are true, none is told backwards, and at least 90% of the true ones are told', () => {
    let [told, right, found] = [0, 0, 0];
    for (const seed of seeds) {
      const links = named(laggedLinks(world(seed, wires)));
      told += links.length;
      right += links.filter((link) => truth.has(link)).length;
      found += [...truth].filter((link) => links.includes(link)).length;
      for (const link of links) expect(truth).not.toContain(link.split('<').reverse().join('<'));
    }
    expect(right / told).toBeGreaterThanOrEqual(0.95);
    expect(found / (seeds.length * truth.size)).toBeGreaterThanOrEqual(0.9);
  });

  test('tell by how many steps one is behind, and what follows only through another makes none', () => {
    const links = laggedLinks(world(7, wires));
    expect(links.find(({ follower, leader }) => follower === 'c' && leader === 'b')?.lagSteps).toBe(2);
    expect(named(links)).not.toContain('c<a');
    expect(named(links)).not.toContain('d<c');
  });

  test('there are none in worlds of independent noise, with memory or without', () => {
    const names = Array.from({ length: 8 }, (_, index) => `n${index}`);
    for (const memory of [0, 0.9])
      for (const seed of seeds) expect(named(laggedLinks(world(seed, [], { names, memory })))).toEqual([]);
  });

  test('there are none where all follow the same season, or move at the same time', () => {
    const names = ['p', 'q', 'r', 's'];
    for (const seed of seeds) {
      const season = (at: number): number => 6 * Math.sin((2 * Math.PI * at) / 288);
      expect(named(laggedLinks(world(seed, [], { names, common: season })))).toEqual([]);
      const together = normals(seed + 1000);
      const shocks = Array.from({ length: SAMPLES }, () => 2 * together());
      expect(named(laggedLinks(world(seed, [], { names, common: (at) => shocks[at] ?? 0 })))).toEqual([]);
    }
  });

  test('one event that hits one after the other makes none', () => {
    const series = world(3, [], { names: ['x', 'y', 'z'] });
    for (const [index, values] of [...series.values()].entries())
      for (let at = 300; at < 310; at++) values[at + index] = (values[at + index] ?? 0) + 30;
    expect(laggedLinks(series)).toEqual([]);
  });

  test('there are none in too few samples, in constants and in what is mostly missing', () => {
    const short = new Map([...world(5, wires)].map(([name, values]) => [name, values.subarray(0, 100)]));
    expect(laggedLinks(short)).toEqual([]);
    const dull = new Map([...world(5, wires)].map(([name, values]) => [name, values.map(() => 4)]));
    expect(laggedLinks(dull)).toEqual([]);
    const holes = new Map(
      [...world(5, wires)].map(([name, values]) => [
        name,
        values.map((value, at) => (at % 3 === 0 ? value : Number.NaN)),
      ]),
    );
    expect(laggedLinks(holes)).toEqual([]);
  });
});

test('tails of the normal distribution agree with tables from the middle to far out', () => {
  for (const [distance, chance] of [
    [0, 1],
    [1.96, 0.049996],
    [3, 0.0026998],
    [5, 5.733e-7],
    [6.5, 8.032e-11],
    [10, 1.524e-23],
  ] as const)
    expect(normalTailDecades(distance)).toBeCloseTo(-Math.log10(chance), 3);
});
