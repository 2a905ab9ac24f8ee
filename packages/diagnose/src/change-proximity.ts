import type { RecordedChange } from './casefile.ts';

/** A recorded change that may have begun the trouble, and how near it lies to the onset. */
export interface NearChange {
  readonly change: RecordedChange;
  /** 0..1, halved every 20 minutes between change and onset. */
  readonly proximity: number;
}

/** Changes older than this are not looked at. */
const LOOK_BACK_MS = 6 * 3_600_000;
const HALF_LIFE_MS = 20 * 60_000;

/**
 * The change of an asset that lies nearest before the onset. `slackMs` is how coarse the onset is known (one sampling
 * interval): a change that much after it still counts, a later one cannot be the cause.
 */
export function nearestChange(
  changes: readonly RecordedChange[],
  asset: string,
  onset: { atMs: number; slackMs: number },
): NearChange | undefined {
  let best: NearChange | undefined;
  for (const change of changes) {
    const leadMs = onset.atMs - change.atMs;
    if (change.asset !== asset || leadMs < -onset.slackMs || leadMs > LOOK_BACK_MS) continue;
    const proximity = 0.5 ** (Math.max(0, leadMs) / HALF_LIFE_MS);
    if (
      best === undefined ||
      proximity > best.proximity ||
      (proximity === best.proximity && change.id < best.change.id)
    ) {
      best = { change, proximity };
    }
  }
  return best;
}
