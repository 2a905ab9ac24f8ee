import { describe, expect, it } from 'vitest';
import { coveringSelectors, selectorText } from './selector.ts';
import type { Selector } from './selector.ts';
import type { StoredLabels } from './stored-labels.ts';

/** What a server makes of the selector, for label sets without characters that mean something in a regular expression. */
function matches(selector: Selector, labels: StoredLabels): boolean {
  return selector.every(({ label, operator, value }) => {
    const found = labels[label] ?? '';
    return operator === '=' ? found === value : operator === '=~' && new RegExp(`^(?:${value})$`).test(found);
  });
}

const cpus = Array.from({ length: 40 }, (_, index) => ({
  __name__: 'cpu',
  host: `h${index % 8}`,
  mode: `m${Math.floor(index / 8)}`,
}));

describe('covering selectors', () => {
  it('take one for series that differ in one label, or in all combinations of several', () => {
    const hosts = Array.from({ length: 100 }, (_, index) => ({ __name__: 'up', host: `h${index}` }));
    expect(coveringSelectors(hosts).length).toBe(1);
    expect(coveringSelectors(cpus).length).toBe(1);
  });

  it('match all that is wanted and no more than twice as much', () => {
    // Pairs along a diagonal: one selector would match the square of them.
    const pairs: StoredLabels[] = Array.from({ length: 30 }, (_, index) => ({
      __name__: 'm',
      ...(index % 5 === 0 ? {} : { a: `a${index}` }),
      b: `b${(index * 7) % 30}`,
    }));
    const selectors = coveringSelectors(pairs);
    for (const one of pairs) expect(selectors.filter((selector) => matches(selector, one)).length).toBe(1);
    const all = pairs.flatMap((x) => pairs.map((y): StoredLabels => ({ ...x, b: y['b'] ?? '' })));
    const matched = new Set(
      all.filter((one) => selectors.some((selector) => matches(selector, one))).map((one) => JSON.stringify(one)),
    );
    expect(matched.size).toBeLessThanOrEqual(2 * pairs.length);
  });

  it('leave out labels that older servers cannot be asked for', () => {
    expect(coveringSelectors([{ __name__: 'm', 'http.status': '500' }])).toEqual([
      [{ label: '__name__', operator: '=', value: 'm' }],
    ]);
    expect(coveringSelectors([])).toEqual([]);
  });

  it('are written with quotes and dots that mean themselves', () => {
    const [selector = []] = coveringSelectors([
      { __name__: 'm', path: '/a.b"' },
      { __name__: 'm', path: '\\(c)' },
    ]);
    expect(selectorText(selector)).toBe(String.raw`{__name__="m",path=~"/a\\.b\"|\\\\\\(c\\)"}`);
  });
});
