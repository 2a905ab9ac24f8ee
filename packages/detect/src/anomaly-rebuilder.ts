import type { SeriesId } from '@heliosiq/model';
import type { AnomalyRebuilder } from '@heliosiq/ports';
import { seriesDetector } from './anomaly-of-episode.ts';
import { judgeSamples } from './judge-samples.ts';
import { type SeriesSettings, defaultSeriesSettings } from './series-settings.ts';
import { createSeriesSeat } from './series-watch.ts';

/** Finds anomalies again as the detect stage of these settings did; a rebuild holds about six kilobytes a series. */
export function createAnomalyRebuilder(given: Partial<SeriesSettings> = {}): AnomalyRebuilder {
  const settings = { ...defaultSeriesSettings, ...given };
  return {
    detector: seriesDetector,
    begin(tenantId) {
      const seat = createSeriesSeat(settings);
      const fresh = seat.snapshot();
      const states = new Map<SeriesId, Uint8Array>();
      return {
        async judge(samples, breathe) {
          const { id } = samples.series;
          const state = states.get(id) ?? fresh.slice();
          states.set(id, state);
          seat.load(state);
          const events = await judgeSamples(seat, samples, { tenantId, threshold: settings.threshold, breathe });
          seat.saveTo(state);
          return events.map(({ anomaly }) => anomaly);
        },
      };
    },
  };
}
