import type { SeriesRef } from '@heliosiq/model';

/** A label's column is called so, that no label can meet a column of another meaning. */
export const labelPrefix = 'label.';

/** Names of the labels that have a column, in order. */
export type LabelNames = readonly string[];

/** Columns before those of the labels. */
export const firstColumns = ['time', 'asset', 'metric', 'unit', 'value'] as const;

/** True when each of a series' labels has a column. */
export function fits({ labels }: SeriesRef, known: ReadonlySet<string>): boolean {
  for (const name in labels) if (!known.has(name)) return false;
  return true;
}
