import type { Anomaly, AnomalyId } from '@heliosiq/model';
import {
  type Backtester,
  type Logger,
  type SeriesStore,
  type SeriesSummary,
  type SignalStore,
  createPacer,
} from '@heliosiq/ports';
import { thresholdOf } from '../feedback/tuning-rules.ts';
import { judgeSamples } from '../judge-samples.ts';
import { type SeriesSettings, defaultSeriesSettings } from '../series-settings.ts';
import { createSeriesWatch } from '../series-watch.ts';
import { judgeStoredLogs } from './log-trial.ts';

const weekMs = 7 * 86_400_000;
const pageMax = 500;
/** Samples that are read at once, about: sixteen bytes each. */
const readSamples = 400_000;
/** Bounds of one run, which someone waits for. */
const samplesMax = 5_000_000;
const runMsMax = 15_000;
const heldMax = 20_000;

export interface BacktesterDeps {
  readonly series: SeriesStore;
  readonly signals: Pick<SignalStore, 'findLogs'>;
  readonly logger: Logger;
  readonly settings?: Partial<SeriesSettings>;
}

/**
 * Replays stored samples series by series, each with a model of its own that is dropped behind it, and stored logs in the
 * order of their times, unless a metric is asked for.
 */
export function createBacktester({ series, signals, logger, settings: given }: BacktesterDeps): Backtester {
  return {
    async run(tenantId, { filter, range }, { level, limit, signal }) {
      const startedAt = performance.now();
      // Its own: someone waits for this, so it holds back for nobody longer than a turn of the loop.
      const pacer = createPacer();
      const shipped = { ...defaultSeriesSettings, ...given };
      const threshold = thresholdOf(level, shipped.threshold);
      const settings = { ...shipped, threshold };
      const found = new Map<AnomalyId, Anomaly>();
      let [count, replayed, samples, weeks] = [0, 0, 0, 0];
      const isOver = (): boolean => samples >= samplesMax || performance.now() - startedAt > runMsMax;

      async function replay(summaries: readonly SeriesSummary[]): Promise<void> {
        const ids = summaries.map((one) => one.series.id);
        for (const points of await series.range(tenantId, { ids }, range, { seriesMax: pageMax, signal })) {
          signal.throwIfAborted();
          if (isOver()) return;
          if (points.times.length === 0) continue;
          replayed += 1;
          samples += points.times.length;
          weeks += ((points.times.at(-1) ?? 0) - (points.times[0] ?? 0)) / weekMs;
          const options = { tenantId, threshold, breathe: pacer.giveWay };
          const own = new Set<AnomalyId>();
          for (const { anomaly } of await judgeSamples(createSeriesWatch(settings), points, options)) {
            own.add(anomaly.id);
            if (found.size < heldMax || found.has(anomaly.id)) found.set(anomaly.id, anomaly);
          }
          count += own.size;
        }
      }

      let isCut = false;
      for await (const page of series.scan(tenantId, filter, range, { pageMax })) {
        for (const part of readableParts(page)) {
          isCut ||= isOver();
          if (!isCut) await replay(part);
        }
        if (isCut) break;
      }
      const tried = { tenantId, range, assets: filter.assets, level };
      const judging = { series: shipped, breathe: pacer.giveWay, signal, runMsMax: runMsMax / 2 };
      const logs =
        filter.metric === undefined
          ? await judgeStoredLogs({ signals, logger }, tried, judging)
          : { lines: 0, isCut: false, anomalies: [] };
      for (const anomaly of logs.anomalies) if (found.size < heldMax) found.set(anomaly.id, anomaly);
      const anomalies = [...found.values()].sort((a, b) => b.score - a.score || a.startedAt - b.startedAt);
      return {
        level,
        series: replayed,
        samples,
        lines: logs.lines,
        isCut: isCut || isOver() || logs.isCut,
        seconds: Math.round(performance.now() - startedAt) / 1000,
        anomalies: anomalies.slice(0, limit),
        found: count + logs.anomalies.length,
        perSeriesAndWeek: weeks === 0 ? 0 : Number((count / weeks).toPrecision(3)),
      };
    },
  };
}

/** Series in groups that have so many samples that they can be read at once. */
function readableParts(page: readonly SeriesSummary[]): SeriesSummary[][] {
  const parts: SeriesSummary[][] = [];
  let held = Number.POSITIVE_INFINITY;
  for (const summary of page) {
    if (held + summary.samples > readSamples) {
      parts.push([]);
      held = 0;
    }
    parts.at(-1)?.push(summary);
    held += summary.samples;
  }
  return parts;
}
