import type { SeriesId } from '@heliosiq/model';
import type { AnomalyRebuilder, Logger } from '@heliosiq/ports';
import { seriesDetector } from './anomaly-of-episode.ts';
import { createHeldStates } from './held-states.ts';
import { judgeSamples } from './judge-samples.ts';
import { logDetectors } from './log-watch/anomaly-of-logs.ts';
import { logLinesOf } from './log-watch/log-line.ts';
import { createLogWatch } from './log-watch/log-watch.ts';
import { type SeriesSettings, defaultSeriesSettings } from './series-settings.ts';
import { createSeriesSeat } from './series-watch.ts';

/** Lines after which what a rebuild knows of logs is packed. */
const packAfterLines = 20_000;

/**
 * Finds anomalies again as the detect stage of these settings did; a rebuild holds about six kilobytes a series, and of logs
 * about 150 bytes for each pattern of each asset.
 */
export function createAnomalyRebuilder(logger: Logger, given: Partial<SeriesSettings> = {}): AnomalyRebuilder {
  const settings = { ...defaultSeriesSettings, ...given };
  return {
    detector: seriesDetector,
    logDetectors: Object.values(logDetectors),
    begin(tenantId) {
      const seat = createSeriesSeat(settings);
      const fresh = seat.snapshot();
      const states = new Map<SeriesId, Uint8Array>();
      const logWatch = createLogWatch({ states: createHeldStates(), logger, series: settings });
      let unpacked = 0;
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
        async judgeLogs(partition, records, breathe) {
          const lines = [...logLinesOf(records)];
          const events = await logWatch.observeLines({ tenantId, partition, lines, breathe });
          unpacked += lines.length;
          if (unpacked >= packAfterLines) {
            await logWatch.save();
            unpacked = 0;
          }
          return events.map(({ anomaly }) => anomaly);
        },
      };
    },
  };
}
