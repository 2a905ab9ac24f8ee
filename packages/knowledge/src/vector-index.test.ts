import { describe, expect, it } from 'vitest';
import { cosineAt, quantise } from './quantised-vector.ts';
import { createVectorIndex } from './vector-index.ts';

const dimensions = 32;

function vector(seed: number): Float32Array {
  let state = Math.imul(seed + 1, 2_654_435_761) >>> 0;
  return Float32Array.from({ length: dimensions }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  });
}

function exactCosine(a: Float32Array, b: Float32Array): number {
  let [dot, squaresA, squaresB] = [0, 0, 0];
  for (const [at, x] of a.entries()) {
    const y = b[at] ?? 0;
    dot += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  return dot / Math.sqrt(squaresA * squaresB);
}

describe('quantise', () => {
  it('keeps the direction of a vector, and of none', () => {
    for (let seed = 0; seed < 50; seed++) {
      const [a, b] = [vector(seed), vector(seed + 1000)];
      expect(cosineAt(quantise(a), quantise(b), 0)).toBeCloseTo(exactCosine(a, b), 1);
      expect(cosineAt(quantise(a), quantise(a), 0)).toBeCloseTo(1, 6);
    }
    expect(cosineAt(quantise(new Float32Array(4)), quantise([1, 2, 3, 4]), 0)).toBe(0);
    expect([...quantise([Number.NaN, 1])]).toEqual([0, 0]);
    expect([...quantise(quantise([0.1, -0.3, 0.2]))]).toEqual([...quantise([0.1, -0.3, 0.2])]);
  });
});

describe('createVectorIndex', () => {
  it('gives the nearest first, as comparing all one by one does', () => {
    const index = createVectorIndex({ dimensions });
    for (let key = 0; key < 500; key++) index.put(`k${key}`, vector(key));
    const query = vector(9999);
    const wanted = Array.from({ length: 500 }, (_, key) => ({ key, score: exactCosine(query, vector(key)) }))
      .sort((a, b) => b.score - a.score)
      .slice(0, 5);
    const found = index.search(query, { limit: 20 });
    for (const { key, score } of wanted) {
      const hit = found.find((each) => each.key === `k${key}`);
      expect(hit?.score).toBeCloseTo(score, 1);
    }
    expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).toSorted((a, b) => b - a));
  });

  it('never gives what was removed or is not accepted, and takes up room again', () => {
    const index = createVectorIndex({ dimensions });
    for (let key = 0; key < 100; key++) index.put(`k${key}`, vector(key));
    const bytes = index.bytes();
    for (let key = 0; key < 100; key += 2) expect(index.remove(`k${key}`)).toBe(true);
    expect(index.remove('k0')).toBe(false);
    const found = index.search(vector(3), { limit: 100 });
    expect(found).toHaveLength(50);
    expect(found[0]?.key).toBe('k3');
    for (const { key } of found) expect(Number(key.slice(1)) % 2).toBe(1);
    expect(index.search(vector(3), { limit: 5, accept: (key) => key === 'k7' }).map(({ key }) => key)).toEqual(['k7']);
    for (let key = 0; key < 100; key += 2) index.put(`k${key}`, vector(key));
    expect(index.bytes()).toBe(bytes);
    expect(index.search(vector(4), { limit: 1 })[0]?.key).toBe('k4');
  });

  it('finds nearly the same by the graph as exactly, before, while and after it is made', () => {
    const exact = createVectorIndex({ dimensions });
    const graphed = createVectorIndex({ dimensions, exactMax: 200 });
    for (let key = 0; key < 2000; key++) for (const index of [exact, graphed]) index.put(`k${key}`, vector(key));
    const recall = (): number => {
      let same = 0;
      for (let query = 0; query < 20; query++) {
        const wanted = new Set(exact.search(vector(-query - 5), { limit: 10 }).map(({ key }) => key));
        same += graphed.search(vector(-query - 5), { limit: 10 }).filter(({ key }) => wanted.has(key)).length;
      }
      return same / 200;
    };
    expect(recall()).toBe(1);
    expect(graphed.improve(0)).toBe(true);
    expect(recall()).toBe(1);
    while (graphed.improve(50));
    expect(recall()).toBeGreaterThan(0.9);
    for (let key = 0; key < 500; key++) for (const index of [exact, graphed]) index.remove(`k${key}`);
    for (let key = 3000; key < 3100; key++) for (const index of [exact, graphed]) index.put(`k${key}`, vector(key));
    while (graphed.improve(50));
    expect(recall()).toBeGreaterThan(0.9);
    expect(graphed.search(vector(3050), { limit: 1 })[0]?.key).toBe('k3050');
  });

  it('refuses a vector of another length, and answers a question without direction with nothing', () => {
    const index = createVectorIndex({ dimensions });
    expect(() => index.put('a', [1, 2])).toThrow(/2 dimensions instead of 32/);
    index.put('a', vector(1));
    expect(index.search(new Float32Array(dimensions), { limit: 3 })).toEqual([]);
    expect(index.search([1, 2], { limit: 3 })).toEqual([]);
    expect(index.similarities(vector(1), ['a', 'b'])[0]).toBeCloseTo(1, 5);
    expect(index.similarities(vector(1), ['a', 'b'])[1]).toBeUndefined();
  });
});
