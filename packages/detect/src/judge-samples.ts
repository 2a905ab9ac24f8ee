import type { AnomalyEvent, SampleBlock, TenantId } from '@heliosiq/model';
import { anomalyEventOf } from './anomaly-of-episode.ts';
import type { SeriesWatch } from './series-watch.ts';

/** Samples after which others are asked whether they need the event loop. */
const BREATH_SAMPLES = 50;

export interface JudgeSamplesOptions {
  readonly tenantId: TenantId;
  readonly threshold: number;
  readonly breathe: () => Promise<void> | undefined;
}

/** What samples of one series change about its anomalies, in their order. A function of the watch and the samples alone. */
export async function judgeSamples(
  watch: SeriesWatch,
  { series, times, values }: SampleBlock,
  { tenantId, threshold, breathe }: JudgeSamplesOptions,
): Promise<AnomalyEvent[]> {
  const events: AnomalyEvent[] = [];
  for (let i = 0; i < times.length; i++) {
    if (i % BREATH_SAMPLES === 0) await breathe();
    const change = watch.observe(times[i] ?? Number.NaN, values[i] ?? Number.NaN);
    if (change !== undefined) events.push(anomalyEventOf({ tenantId, series, threshold }, change));
  }
  return events;
}
