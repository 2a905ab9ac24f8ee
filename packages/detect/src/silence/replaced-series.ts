import type { SilenceSettings } from './silence-settings.ts';
import type { SilenceTable } from './silence-table.ts';

/** Finds out whether another took the place of a series or an asset that fell silent, as the next pod does. */
export interface ReplacedSeries {
  /** Newest first sample of the series of each stem. */
  newestByStem(stems: Uint32Array): ReadonlyMap<number, number>;
  /** True when another of the same stem has begun to send about when this one stopped. */
  isReplacedIn(slot: number, stems: Uint32Array, newest: ReadonlyMap<number, number>): boolean;
}

export function createReplacedSeries(table: SilenceTable, settings: SilenceSettings): ReplacedSeries {
  return {
    newestByStem(stems) {
      const { firstAt } = table.columns();
      const newest = new Map<number, number>();
      for (let slot = 0; slot < table.size(); slot += 1) {
        const stem = stems[slot] ?? 0;
        newest.set(stem, Math.max(newest.get(stem) ?? 0, firstAt[slot] ?? 0));
      }
      return newest;
    },
    isReplacedIn(slot, stems, newest) {
      const { lastAt, usualMs } = table.columns();
      return (newest.get(stems[slot] ?? 0) ?? 0) > (lastAt[slot] ?? 0) - settings.intervals * (usualMs[slot] ?? 0);
    },
  };
}
