import { describe, expect, it } from 'vitest';
import { changedSearch, parseExploreSearch, rangeOf } from './explore-search.ts';
import type { ExploreSearch } from './explore-search.ts';

const full: ExploreSearch = {
  q: ['up', 'sum by (job) (rate(x[5m]))'],
  from: 'now-7d',
  to: 1_767_225_600_000,
  every: 30,
  versus: 'week',
  view: 'table',
  hide: ['0 {a="b"}'],
  at: 1_767_225_000_000,
  text: 'refused',
  asset: 'web',
  kind: 'log',
  severity: 'high',
  pattern: '0123456789abcdef',
};

describe('the address of the view', () => {
  it('restores everything that it says', () => {
    expect(parseExploreSearch({ ...full })).toEqual(full);
  });

  it('drops what it does not understand, and opens with the rest', () => {
    const odd = {
      q: [1, 'up', null],
      from: 'once',
      to: {},
      every: 7,
      versus: 'year',
      view: 'pie',
      kind: 'x',
      at: 'now',
      pattern: 'x',
      more: 1,
    };
    expect(parseExploreSearch(odd)).toEqual({ q: ['up'] });
    expect(rangeOf(parseExploreSearch(odd))).toEqual({ from: 'now-1h', to: 'now' });
  });

  it('loses a field that is set to nothing, and keeps the others', () => {
    expect(changedSearch({ q: ['up'], text: 'x' }, { text: '' })).toEqual({ q: ['up'] });
    expect(changedSearch({ q: ['up'], at: 5 }, { at: undefined })).toEqual({ q: ['up'] });
  });
});
