import type { ReplacedSeries } from './replaced-series.ts';
import type { SilenceLearning } from './silence-learning.ts';
import { type SilenceTable, TOLD } from './silence-table.ts';

/** An asset of which nothing came for too long by the wall clock. */
export interface OverdueAsset {
  /** Its series. */
  readonly slots: readonly number[];
  /** When the log took its newest sample, and how long a wait is usual at most. */
  readonly seenAt: number;
  readonly limitMs: number;
  /** Since when it is overdue. */
  readonly dueAt: number;
}

/** Who is overdue by the wall clock, and who may become so. */
export interface WallLook {
  readonly overdue: readonly OverdueAsset[];
  /** Of live assets that are not overdue: when each will be, unless it sends. */
  readonly dueAt: readonly number[];
}

/** Nobody waits for what has been gone for so long. */
export const goneAfterMs = 7 * 86_400_000;

export interface WallLookDeps {
  readonly table: SilenceTable;
  /** The series of each asset. */
  readonly slotsOf: ReadonlyMap<number, readonly number[]>;
  readonly learning: SilenceLearning;
  readonly replaced: ReplacedSeries;
}

/**
 * Who sends live and is overdue at a moment of the wall clock. The clock of the samples stands still when nobody sends; this
 * one goes on. What counts of an asset is the series that sends most often, and whether anything came of any.
 */
export function lookAtWallClock(
  { table, slotsOf, learning, replaced }: WallLookDeps,
  { now, awakeSince }: { readonly now: number; readonly awakeSince: number },
): WallLook {
  const { told, seenAt, assetStems } = table.columns();
  const overdue: OverdueAsset[] = [];
  const dueAt: number[] = [];
  let newest: ReadonlyMap<number, number> | undefined;
  for (const all of slotsOf.values()) {
    const slots = all.filter((slot) => told[slot] === TOLD.no);
    const limits = slots.filter((slot) => learning.isLive(slot)).map((slot) => learning.wallLimitMs(slot));
    if (limits.length === 0) continue;
    const limitMs = Math.min(...limits);
    const lastSeenAt = all.reduce((latest, slot) => Math.max(latest, seenAt[slot] ?? 0), 0);
    if (now - lastSeenAt > goneAfterMs) continue;
    const due = Math.max(lastSeenAt, awakeSince) + limitMs;
    if (due >= now) {
      dueAt.push(due);
      continue;
    }
    const stems = (newest ??= replaced.newestByStem(assetStems));
    if (slots.every((slot) => replaced.isReplacedIn(slot, assetStems, stems))) continue;
    overdue.push({ slots, seenAt: lastSeenAt, limitMs, dueAt: due });
  }
  return { overdue, dueAt };
}
