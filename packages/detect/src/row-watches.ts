import type { TenantId } from '@heliosiq/model';
import { type SeriesRows, createRowColumn } from './series-rows.ts';
import type { HeldWatch, WatchedSeries } from './watched-series.ts';

/** Watches by the rows of their series. */
export interface RowWatches {
  /** Brings the watches of rows into memory; in the list, under their rows, until the next save of the watches. */
  load(tenantId: TenantId, series: SeriesRows, rows: Int32Array): Promise<readonly (HeldWatch | undefined)[]>;
}

export function createRowWatches(watched: Pick<WatchedSeries, 'load' | 'heldOf' | 'epoch'>): RowWatches {
  const column = createRowColumn<HeldWatch>();
  let epoch = 0;
  return {
    async load(tenantId, series, rows) {
      if (epoch !== watched.epoch()) column.clear();
      epoch = watched.epoch();
      const held = column.of(series);
      const missing: number[] = [];
      for (const row of rows) if (held[row] === undefined) missing.push(row);
      if (missing.length === 0) return held;
      const found = missing.flatMap((row) => {
        const id = series.at(row)?.id;
        return id === undefined ? [] : [{ row, id }];
      });
      await watched.load(
        tenantId,
        found.map(({ id }) => id),
      );
      for (const { row, id } of found) held[row] = watched.heldOf(tenantId, id);
      return held;
    },
  };
}
