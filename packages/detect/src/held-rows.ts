import { type SeriesRows, createSeriesRows } from './series-rows.ts';
import type { PartitionKey } from './partition-state.ts';

/** Rows in memory at most, over all partitions, about. */
const rowsMax = 32_000;
/** So long after its first a partition's rows are made anew: what the registry says of a series may have changed. */
const madeAnewMs = 30_000;

/** The rows of partitions while they are at work. */
export interface HeldRows {
  of(partition: PartitionKey): SeriesRows;
  clear(): void;
}

/** @param clock milliseconds since any moment */
export function createHeldRows(clock: () => number = () => performance.now()): HeldRows {
  const held = new Map<string, { readonly rows: SeriesRows; readonly madeAt: number }>();
  const count = (): number => [...held.values()].reduce((sum, { rows }) => sum + rows.size(), 0);
  return {
    of({ tenantId, partition }) {
      if (count() > rowsMax) held.clear();
      const key = `${tenantId} ${partition}`;
      const now = clock();
      const known = held.get(key);
      if (known !== undefined && now - known.madeAt < madeAnewMs) return known.rows;
      const rows = createSeriesRows();
      held.set(key, { rows, madeAt: now });
      return rows;
    },
    clear: () => held.clear(),
  };
}
