import type { BandReader, ExpectedBand, SeriesStore } from '@heliosiq/ports';
import { createSeriesModel } from './series-model.ts';
import type { SeriesSettings } from './series-settings.ts';

/** Samples that a model sees before the asked range at most, so that it has settled. */
const settlingSamples = 4000;
/** Samples of the asked range at most. */
const samplesMax = 20_000;

/** Recomputes bands with a fresh model run over stored samples; it is deterministic and nothing is kept. */
export function createBandReader(deps: {
  readonly series: SeriesStore;
  readonly settings?: Partial<SeriesSettings>;
}): BandReader {
  return {
    async band(tenantId, seriesId, range) {
      const [summary] = await deps.series.list(tenantId, { ids: [seriesId] }, { limit: 1 });
      if (summary === undefined) return undefined;
      const meanStepMs = Math.max(1, (summary.lastAt - summary.firstAt) / Math.max(1, summary.samples - 1));
      const from = Math.max(range.from, range.to - samplesMax * meanStepMs);
      const [points] = await deps.series.range(
        tenantId,
        { ids: [seriesId] },
        { from: Math.floor(from - settlingSamples * meanStepMs), to: range.to },
      );
      return points === undefined ? emptyBand() : runModel(points, from, deps.settings);
    },
  };
}

function runModel(
  { times, values }: { readonly times: Float64Array; readonly values: Float64Array },
  from: number,
  settings: Partial<SeriesSettings> | undefined,
): ExpectedBand {
  const model = createSeriesModel(settings);
  const band = emptyBand();
  for (const [index, time] of times.entries()) {
    const verdict = model.update(time, values[index] ?? Number.NaN);
    if (verdict === undefined || verdict.learning || time < from) continue;
    band.times.push(time);
    band.expected.push(verdict.expected);
    band.lower.push(verdict.lower);
    band.upper.push(verdict.upper);
    band.score.push(verdict.score);
  }
  return band;
}

function emptyBand() {
  const lists: Record<keyof ExpectedBand, number[]> = { times: [], expected: [], lower: [], upper: [], score: [] };
  return lists;
}
