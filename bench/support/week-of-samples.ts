import { AssetId, TenantId, type SampleBlock, type SeriesRef } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';

/** A week of samples at 15 s: counters and gauges with jittered times, the same at every run. */

export const weekTenantId = TenantId.parse('bench');
export const stepMs = 15_000;
export const weekMs = 7 * 86_400_000;
export const weekStartAt = Math.floor(Date.UTC(2026, 5, 1) / weekMs) * weekMs + 43_200_000;
const stepsPerPart = 240;
const metricsPerTarget = 5;

/** A part of the week: all series, an hour of each. */
export interface WeekPart {
  readonly step: number;
  readonly blocks: readonly SampleBlock[];
}

/** The series; those of one metric lie far apart, as where each target brings all of its metrics. */
export function weekSeries(count: number): readonly SeriesRef[] {
  return Array.from({ length: count }, (_, index) => {
    const named = {
      asset: AssetId.parse(`web-${Math.floor(index / metricsPerTarget)}`),
      metric: `requests_${index % metricsPerTarget}`,
      labels: { zone: `z${index % 3}`, job: 'web' },
    };
    return { id: seriesIdOf(weekTenantId, named), ...named };
  });
}

/** The samples of all series, hour by hour. */
export function* weekParts(series: readonly SeriesRef[]): Generator<WeekPart> {
  const state = Float64Array.from({ length: series.length }, (_, index) => index * 1000);
  const random = randomOf(7);
  for (let step = 0; step < weekMs / stepMs; step += stepsPerPart) {
    yield {
      step,
      blocks: series.map((one, index) => {
        const times = new Float64Array(stepsPerPart);
        const values = new Float64Array(stepsPerPart);
        for (let row = 0; row < stepsPerPart; row += 1) {
          // The series of one target are scraped together, a few milliseconds off the beat.
          const target = Math.floor(index / metricsPerTarget);
          const jitterMs = ((step + row) * 7919 + target * 104_729) % 5;
          times[row] = weekStartAt + (step + row) * stepMs + (target % 97) * 100 + jitterMs;
          const before = state[index] ?? 0;
          const value =
            (index % metricsPerTarget) % 2 === 0
              ? before + Math.floor(random() * 400)
              : Math.round(before + (random() - 0.5) * 90) + 0.25;
          state[index] = value;
          values[row] = value;
        }
        return { series: one, times, values };
      }),
    };
  }
}

/** Numbers from 0 to 1, the same at every run (Marsaglia, "Xorshift RNGs", 2003). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
