import type { AnomalyEvent, SampleBlock, TenantId } from '@heliosiq/model';
import { anomalyEventOf } from './anomaly-of-episode.ts';
import type { SeriesWatch } from './series-watch.ts';

/** Samples of one series that are judged at once; after them others are asked whether they need the event loop. */
export const samplesPerBreath = 50;

export interface JudgedAs {
  readonly tenantId: TenantId;
  readonly threshold: number;
}

export interface JudgeSamplesOptions extends JudgedAs {
  readonly breathe: () => Promise<void> | undefined;
}

/**
 * What samples of one series, those from an index to before another, change about its anomalies, in their order. A function of
 * the watch and the samples alone.
 */
export function judgeAtOnce(
  watch: SeriesWatch,
  { series, times, values }: SampleBlock,
  { tenantId, threshold, from, to }: JudgedAs & { readonly from: number; readonly to: number },
): readonly AnomalyEvent[] {
  let events: AnomalyEvent[] | undefined;
  for (let i = from; i < to; i++) {
    const change = watch.observe(times[i] ?? Number.NaN, values[i] ?? Number.NaN);
    if (change !== undefined) (events ??= []).push(anomalyEventOf({ tenantId, series, threshold }, change));
  }
  return events ?? nothing;
}

const nothing: readonly AnomalyEvent[] = [];

/** What all samples of a block change, with breaths in between. */
export async function judgeSamples(
  watch: SeriesWatch,
  block: SampleBlock,
  { tenantId, threshold, breathe }: JudgeSamplesOptions,
): Promise<AnomalyEvent[]> {
  const events: AnomalyEvent[] = [];
  for (let from = 0; from < block.times.length; from += samplesPerBreath) {
    await breathe();
    const to = Math.min(block.times.length, from + samplesPerBreath);
    events.push(...judgeAtOnce(watch, block, { tenantId, threshold, from, to }));
  }
  return events;
}
