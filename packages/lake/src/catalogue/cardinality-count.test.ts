import type { AssetId, SeriesId } from '@heliosiq/model';
import { describe, expect, it } from 'vitest';
import { createCardinalityCount } from './cardinality-count.ts';

function seriesOf(metric: string, labels: Readonly<Record<string, string>>) {
  // The casts hold: an id of 32 hexadecimal digits and a non-empty name.
  return { id: '0'.repeat(32) as SeriesId, asset: 'web' as AssetId, metric, labels };
}

describe('counting series by their names', () => {
  it('remembers a bounded number of values, counts series on, and says that there is more', () => {
    const count = createCardinalityCount({ rememberedMax: 100 });
    for (let user = 0; user < 1000; user += 1) count.add(seriesOf('logins', { asset: 'web', user: `u${user}` }), false);
    const found = count.result(10);
    expect(found).toMatchObject({ series: 1000, isPartial: true });
    expect(found.labels[0]).toMatchObject({ label: 'user', series: 1000 });
    const remembered = [...found.labels, ...found.pairs].reduce((sum, { values }) => sum + values, 0);
    expect(remembered).toBeLessThanOrEqual(100);
    expect(remembered).toBeGreaterThan(90);
  });

  it('orders what is equally large by name', () => {
    const count = createCardinalityCount();
    for (const metric of ['b', 'c', 'a']) count.add(seriesOf(metric, { asset: 'web' }), true);
    expect(count.result(2).metrics.map(({ metric }) => metric)).toEqual(['a', 'b']);
    expect(count.result(2).growing.map(({ metric }) => metric)).toEqual(['a', 'b']);
  });

  it('leaves out labels of one value, which make no metric large', () => {
    const count = createCardinalityCount();
    for (const host of ['h1', 'h2']) count.add(seriesOf('cpu', { asset: 'web', host, zone: 'eu' }), false);
    expect(count.result(10).pairs).toEqual([{ metric: 'cpu', label: 'host', values: 2, series: 2 }]);
  });
});
