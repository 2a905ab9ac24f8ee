import { HeliosError } from '@heliosiq/model';
import type { GoldFacts, RollupStore, SeriesStore, StateStore, TimeRange } from '@heliosiq/ports';
import { createArrivalReader } from './arrivals.ts';
import { readRollups } from './rollup-reader.ts';
import { seriesFeatures } from './series-features.ts';

export interface GoldFactsDeps {
  readonly series: SeriesStore;
  readonly rollups: RollupStore;
  readonly states: StateStore;
}

const dayMs = 86_400_000;
const daysMax = 400;
const qualitySeriesMax = 100;
const featureSeriesMax = 200;

/** Reads facts out of rollups by hour and day, and of what was counted as it came. */
export function createGoldFacts({ series, rollups, states }: GoldFactsDeps): GoldFacts {
  const readArrivals = createArrivalReader(states);
  return {
    async quality(tenantId, filter, range) {
      checkRange(range);
      const found = await series.list(tenantId, filter, { limit: qualitySeriesMax });
      const ids = found.map((each) => each.series.id);
      const rolled = await readRollups(rollups, tenantId, { resolution: 'day', series: ids, range });
      const facts: Awaited<ReturnType<GoldFacts['quality']>>[number][] = [];
      for (const { series: ref } of found) {
        const days = rolled.get(ref.id)?.quality ?? [];
        if (days.length === 0) continue;
        const dayStarts = days.map(({ dayAt }) => dayAt);
        const arrivals = await readArrivals(tenantId, ref.id, dayStarts);
        facts.push({
          series: ref,
          days: days.map((day) => {
            const arrival = arrivals.get(day.dayAt);
            if (arrival === undefined) return day;
            return { ...day, late: arrival.late, duplicates: Math.max(0, arrival.arrived - day.samples) };
          }),
        });
      }
      return facts;
    },

    async features(tenantId, asset, range) {
      checkRange(range);
      const found = await series.list(tenantId, { assets: [asset] }, { limit: featureSeriesMax });
      const ids = found.map((each) => each.series.id);
      const rolled = await readRollups(rollups, tenantId, { resolution: 'hour', series: ids, range });
      return found.flatMap(({ series: ref }) => {
        const features = seriesFeatures(rolled.get(ref.id)?.buckets ?? []);
        return features === undefined ? [] : [{ series: ref, ...features }];
      });
    },
  };
}

function checkRange({ from, to }: TimeRange): void {
  if (from < to && to - from <= daysMax * dayMs) return;
  throw new HeliosError('invalid-request', `The range is not one of up to ${daysMax} days`, {
    field: 'to',
    cure: `Give a \`to\` after \`from\`, at most ${daysMax} days later.`,
  });
}
