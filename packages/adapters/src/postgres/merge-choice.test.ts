import { describe, expect, it } from 'vitest';
import { chooseMerge, type PageFacts } from './merge-choice.ts';

const now = Date.UTC(2026, 0, 1);

function pagesOf(...samples: number[]): PageFacts[] {
  return samples.map((count, index) => ({
    id: index + 1,
    samples: count,
    series: Math.min(count, 1000),
    writtenAt: now,
  }));
}

function times<Item>(count: number, item: Item): Item[] {
  return Array.from({ length: count }, () => item);
}

describe('the choice of pages to merge', () => {
  it('puts the last small pages together when there are many, and leaves larger ones before them', () => {
    const pages = pagesOf(5000, 300_000, ...times(16, 40));
    expect(chooseMerge(pages, { now })).toEqual({ kind: 'merge', pages: pages.slice(2) });
    expect(chooseMerge(pages.slice(0, -1), { now })).toBeUndefined();
  });

  it('never takes a page out from between two others', () => {
    const pages = pagesOf(...times(10, 40), 100_000, ...times(10, 40));
    expect(chooseMerge(pages, { now })).toBeUndefined();
  });

  it('takes smaller pages along with larger ones, and any where there are too many for a reader', () => {
    const pages = pagesOf(...times(16, 3000), ...times(9, 40));
    expect(chooseMerge(pages, { now })).toEqual({ kind: 'merge', pages });
    const mixed = pagesOf(...times(8, [3000, ...times(8, 40)]).flat());
    expect(chooseMerge(mixed, { now })?.pages.length).toBe(72);
  });

  it('seals what has samples enough for long frames, the first pages first and no more than fit in memory', () => {
    const pages = pagesOf(...times(12, 500_000));
    expect(chooseMerge(pages, { now })).toEqual({ kind: 'seal', pages: pages.slice(0, 3) });
    expect(chooseMerge(pagesOf(5_000_000, 10), { now })?.pages.length).toBe(1);
    const few = [{ id: 1, samples: 1500, series: 1, writtenAt: now }];
    expect(chooseMerge(few, { now })).toEqual({ kind: 'seal', pages: few });
  });

  it('seals what has waited for hours, however little it is', () => {
    const pages = [{ id: 1, samples: 1, series: 1, writtenAt: now - 6 * 3_600_000 }, ...pagesOf(10)];
    expect(chooseMerge(pages, { now })).toEqual({ kind: 'seal', pages });
    expect(chooseMerge(pagesOf(10), { now })).toBeUndefined();
    // A clock that was years ahead.
    expect(chooseMerge(pagesOf(10), { now: now - 1e11 })?.kind).toBe('seal');
    expect(chooseMerge(pagesOf(10), { now, sealAfterMs: 0 })?.kind).toBe('seal');
    expect(chooseMerge([], { now })).toBeUndefined();
  });

  it('leaves few pages of a group that grows for ever', () => {
    let pages: PageFacts[] = [];
    let most = 0;
    let worked = 0;
    for (let id = 1; id <= 20_000; id += 1) {
      pages.push({ id, samples: 20, series: 20, writtenAt: now });
      const choice = chooseMerge(pages, { now });
      most = Math.max(most, pages.length);
      if (choice === undefined) continue;
      const samples = choice.pages.reduce((sum, page) => sum + page.samples, 0);
      worked += samples;
      const chosen = new Set(choice.pages.map((page) => page.id));
      const rest = pages.filter((page) => !chosen.has(page.id));
      pages = choice.kind === 'seal' ? rest : [...rest, { id, samples, series: 20, writtenAt: now }];
    }
    expect(most).toBeLessThanOrEqual(80);
    // Each sample is put together with others a few times and no more.
    expect(worked).toBeLessThan(20_000 * 20 * 6);
  });
});
