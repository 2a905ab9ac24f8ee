import { AssetId, type SeriesRef, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { expect, test } from 'vitest';
import { createRowColumn, createSeriesRows, lookupWith, rowsOfRefs } from './series-rows.ts';

const tenantId = TenantId.parse('rows');

function seriesOf(metric: string): SeriesRef {
  const named = { asset: AssetId.parse('pump'), metric, labels: {} };
  return { id: seriesIdOf(tenantId, named), ...named };
}

test('samples find the rows of their series in whatever order they come, and none for a series without one', () => {
  const rows = createSeriesRows();
  const refs = [70, 8, 900, 2 ** 40];
  for (const ref of refs) rows.add(ref, seriesOf(`metric_${ref}`));
  expect(rowsOfRefs(rows, Float64Array.from(refs))).toEqual(Int32Array.of(0, 1, 2, 3));
  expect(rowsOfRefs(rows, Float64Array.of(900, 900, 8, 5, 70, 8, 2 ** 40, 70))).toEqual(
    Int32Array.of(2, 2, 1, -1, 0, 1, 3, 0),
  );
  expect(rows.size()).toBe(4);
  expect(rows.at(2)?.metric).toBe('metric_900');
  expect(rows.refAt(2)).toBe(900);
  expect(rows.get(8)?.metric).toBe('metric_8');
  expect(rows.get(5)).toBeUndefined();
});

test('what is kept by rows is that of these rows alone, until it is cleared', () => {
  const column = createRowColumn<string>();
  const [first, second] = [createSeriesRows(), createSeriesRows()];
  column.of(first)[3] = 'kept';
  expect(column.of(first)[3]).toBe('kept');
  expect(column.of(second)[3]).toBeUndefined();
  column.clear();
  expect(column.of(first)[3]).toBeUndefined();
});

test('the registry is asked once for the series that have no row, and not at all without one', async () => {
  const series = createSeriesRows();
  series.add(1, seriesOf('known'));
  const asked: (readonly number[])[] = [];
  const registry = {
    async describe(_tenantId: TenantId, refs: readonly number[]) {
      asked.push(refs);
      return new Map([[2, seriesOf('described')]]);
    },
  };
  expect((await lookupWith(registry, { tenantId, series }, [1, 1])).get(1)?.metric).toBe('known');
  expect(asked).toEqual([]);
  const found = await lookupWith(registry, { tenantId, series }, [2, 1, 2, 3]);
  expect([1, 2, 3].map((ref) => found.get(ref)?.metric)).toEqual(['known', 'described', undefined]);
  expect(asked).toEqual([[2, 3]]);
});
