import { AssetId, type SeriesRef, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { expect, test } from 'vitest';
import { createHeldRows } from './held-rows.ts';

const tenantId = TenantId.parse('rows');
const named = { asset: AssetId.parse('pump'), metric: 'flow', labels: {} };
const series: SeriesRef = { id: seriesIdOf(tenantId, named), ...named };

test('a partition keeps its rows, beside those of others, until they are cleared', () => {
  const held = createHeldRows(() => 0);
  const rows = held.of({ tenantId, partition: 1 });
  rows.add(7, series);
  expect(held.of({ tenantId, partition: 2 })).not.toBe(rows);
  expect(held.of({ tenantId, partition: 1 })).toBe(rows);
  held.clear();
  expect(held.of({ tenantId, partition: 1 }).size()).toBe(0);
});

test('rows are made anew after half a minute, because the registry may say something else of a series by then', () => {
  let now = 1000;
  const held = createHeldRows(() => now);
  const rows = held.of({ tenantId, partition: 1 });
  now += 29_000;
  expect(held.of({ tenantId, partition: 1 })).toBe(rows);
  now += 2000;
  const anew = held.of({ tenantId, partition: 1 });
  expect(anew).not.toBe(rows);
  expect(held.of({ tenantId, partition: 1 })).toBe(anew);
});

test('rows are given up when there are too many, so that they stay within bounds', () => {
  const held = createHeldRows(() => 0);
  const rows = held.of({ tenantId, partition: 1 });
  for (let ref = 0; ref < 40_000; ref += 1) rows.add(ref, series);
  expect(held.of({ tenantId, partition: 2 }).size()).toBe(0);
  expect(held.of({ tenantId, partition: 1 }).size()).toBe(0);
});
