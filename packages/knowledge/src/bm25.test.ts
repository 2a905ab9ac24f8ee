import { describe, expect, it } from 'vitest';
import { createBm25 } from './bm25.ts';
import { DEFAULT_BM25_SETTINGS } from './bm25-settings.ts';
import { DEFAULT_FEEDBACK } from './relevance-feedback.ts';

function keys(hits: readonly { readonly key: string }[]): string[] {
  return hits.map((hit) => hit.key);
}

describe('createBm25', () => {
  it('scores by the formula', () => {
    const index = createBm25({ ...DEFAULT_BM25_SETTINGS, k1: 1.2, bodyB: 0.75 });
    index.add('a', { body: 'pump pump seal' });
    index.add('b', { body: 'valve' });
    const idf = Math.log(1 + (2 - 1 + 0.5) / (1 + 0.5));
    const tf = 2 / (1 - 0.75 + (0.75 * 3) / 2);
    const [hit] = index.search('pump', { limit: 5 });
    expect(hit?.key).toBe('a');
    expect(hit?.score).toBeCloseTo((idf * tf) / (1.2 + tf), 5);
  });

  it('ranks rare words above common ones, a title above a body, a short body above a long one', () => {
    const index = createBm25();
    index.add('common', { body: 'pump pump pump' });
    index.add('rare', { body: 'pump cavitation' });
    index.add('other', { body: 'pump valve' });
    expect(keys(index.search('pump cavitation', { limit: 1 }))).toEqual(['rare']);
    index.add('titled', { title: 'Leak', body: 'oil on the floor' });
    index.add('mentioned', { title: 'Oil', body: 'leak on the floor' });
    index.add('headed', { title: 'Oil', headings: ['Leak'], body: 'on the floor' });
    expect(keys(index.search('leak', { limit: 3 }))).toEqual(['titled', 'headed', 'mentioned']);
  });

  it('says how much of the question a unit contains', () => {
    const index = createBm25();
    index.add('a', { body: 'motor temperature' });
    index.add('b', { body: 'motor' });
    const [full, part, none] = index.coverage('motor temperature', ['a', 'b', 'c']);
    expect(full).toBeCloseTo(1, 5);
    expect(part).toBeGreaterThan(0);
    expect(part).toBeLessThan(1);
    expect(none).toBe(0);
    expect(index.coverage('motor zebra quagga', ['a'])[0]).toBeLessThan(0.3);
    expect(index.coverage('the of', ['a'])).toEqual([0]);
  });

  it('gives nothing for an empty index, an empty question, stop words or unknown words', () => {
    const index = createBm25();
    expect(index.search('pump', { limit: 5 })).toEqual([]);
    index.add('a', { body: 'pump' });
    for (const query of ['', 'the of and', 'zebra']) expect(index.search(query, { limit: 5 })).toEqual([]);
    expect(index.search('pump', { limit: 0 })).toEqual([]);
  });

  it('replaces a known key and forgets its earlier words', () => {
    const index = createBm25();
    index.add('a', { body: 'pump' });
    index.add('a', { body: 'valve' });
    expect(index.size()).toBe(1);
    expect(index.search('pump', { limit: 5 })).toEqual([]);
    expect(keys(index.search('valve', { limit: 5 }))).toEqual(['a']);
  });

  it('never shows a removed unit, and answers as if newly built once enough are swept out', () => {
    const index = createBm25();
    const fresh = createBm25();
    for (let unit = 0; unit < 2000; unit++) {
      const text = { title: `Unit ${unit % 7}`, body: `word${unit % 50} pump `.repeat(1 + (unit % 3)) };
      index.add(`k${unit}`, text);
      if (unit % 4 === 0) fresh.add(`k${unit}`, text);
    }
    for (let unit = 0; unit < 2000; unit++) if (unit % 4 !== 0) expect(index.remove(`k${unit}`)).toBe(true);
    expect(index.remove('k1')).toBe(false);
    expect(index.size()).toBe(500);
    for (const { key } of index.search('pump word3', { limit: 1000 })) expect(Number(key.slice(1)) % 4).toBe(0);
    // The last removals may still wait for their sweep; adding and removing on brings it about.
    for (let unit = 0; unit < 600; unit++) {
      index.add('spare', { body: 'spare' });
      index.remove('spare');
    }
    const found = index.search('pump word4 unit', { limit: 20 });
    expect(keys(found)).toEqual(keys(fresh.search('pump word4 unit', { limit: 20 })));
    expect(index.bytes()).toBeLessThan(1_000_000);
  });

  it('passes over what is not accepted before it takes a place', () => {
    const index = createBm25();
    for (let unit = 0; unit < 100; unit++) index.add(`k${unit}`, { body: 'pump' });
    const hits = index.search('pump', { limit: 3, accept: (key) => Number(key.slice(1)) >= 90 });
    expect(keys(hits)).toEqual(['k90', 'k91', 'k92']);
  });

  it('gives the same answer again, so nothing of one search is left for the next', () => {
    const index = createBm25();
    for (let unit = 0; unit < 300; unit++)
      index.add(`k${unit}`, { body: `pump ${'seal '.repeat(unit % 5)} w${unit % 11}` });
    const first = index.search('pump seal w3', { limit: 50 });
    index.search('w7 seal', { limit: 10 });
    expect(index.search('pump seal w3', { limit: 50 })).toEqual(first);
  });

  it('keeps counting a term beyond what a field can hold without harming the other fields', () => {
    const index = createBm25();
    index.add('a', { title: 'pump '.repeat(400), headings: ['pump '.repeat(400)], body: 'pump '.repeat(70_000) });
    index.add('b', { body: 'valve' });
    expect(keys(index.search('pump', { limit: 2 }))).toEqual(['a']);
    expect(Number.isFinite(index.search('pump', { limit: 2 })[0]?.score)).toBe(true);
  });

  it('widens a question by the words of what it found, and keeps what was asked in front', () => {
    const index = createBm25();
    for (let unit = 0; unit < 10; unit++) index.add(`seal${unit}`, { body: `seal leak flange gasket w${unit}` });
    index.add('gasket', { body: 'flange gasket torque' });
    for (let unit = 0; unit < 200; unit++) index.add(`other${unit}`, { body: `other words number${unit}` });
    const plain = keys(index.search('seal', { limit: 50 }));
    const wide = keys(index.search('seal', { limit: 50, feedback: DEFAULT_FEEDBACK }));
    expect(plain).not.toContain('gasket');
    expect(wide).toContain('gasket');
    expect(wide.slice(0, 10).toSorted()).toEqual(plain.toSorted());
  });

  it('is the same index again when made of its parts, also after removals and for what is added later', () => {
    const index = createBm25();
    for (let unit = 0; unit < 500; unit++) {
      index.add(`k${unit}`, { title: `Unit ${unit % 7}`, body: `word${unit % 50} pump `.repeat(1 + (unit % 3)) });
    }
    for (let unit = 0; unit < 500; unit += 9) index.remove(`k${unit}`);
    const again = createBm25(undefined, structuredClone(index.parts()));
    for (const each of [index, again]) each.add('late', { title: 'Late', body: 'pump word3 fresh' });
    for (const query of ['pump word3', 'unit 4', 'fresh late']) {
      expect(again.search(query, { limit: 600 })).toEqual(index.search(query, { limit: 600 }));
    }
    expect(again.remove('k1')).toBe(true);
    expect(again.size()).toBe(index.size() - 1);
  });
});
