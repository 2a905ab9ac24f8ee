import type { AssetId, AnomalyEvent, SeriesRef, TenantId } from '@heliosiq/model';
import type { LogPatternMiner } from '@heliosiq/model/log-pattern-miner.ts';
import type { LogRecord, Logger, Meter, StateStore } from '@heliosiq/ports';
import type { SeriesSettings } from '../series-settings.ts';
import { createWatchedSeries } from '../watched-series.ts';
import { countedSeries, eventOfPatterns, eventOfRate } from './anomaly-of-logs.ts';
import type { AssetLog } from './asset-log.ts';
import { createAssetLogs } from './asset-logs.ts';
import { type LogLine, logLinesOf } from './log-line.ts';
import { type LogWatchSettings, logWatchDefaults } from './log-watch-settings.ts';
import { scaledCount } from './count-scale.ts';
import type { MinuteCount } from './minute-counts.ts';
import { observeLine } from './observe-line.ts';
import { createPatternDictionaries } from './pattern-dictionary.ts';

/** A tenant's records of one partition, in their order. */
export interface LogBatch {
  readonly tenantId: TenantId;
  readonly partition: number;
  readonly records: readonly LogRecord[];
  /** Called between short steps. */
  readonly breathe: () => Promise<void> | undefined;
}

/** A tenant's lines of one partition, in their order. */
export interface LineBatch extends Pick<LogBatch, 'tenantId' | 'partition' | 'breathe'> {
  readonly lines: readonly LogLine[];
}

/**
 * Watches the logs of assets: kinds of lines that are new, that change their rate, that vanish. It depends on the order of
 * records alone and not on how they are cut into batches, and ignores records that it has seen: a crash changes nothing.
 */
export interface LogWatch {
  observe(batch: LogBatch): Promise<readonly AnomalyEvent[]>;
  /** The same of lines that are read already, wherever they come from. */
  observeLines(batch: LineBatch): Promise<readonly AnomalyEvent[]>;
  /** Writes what changed; called after the anomalies are stored and before offsets are committed. */
  save(): Promise<void>;
  /** Drops everything, saved or not: another process may have gone on meanwhile. */
  forget(): void;
}

export interface LogWatchDeps {
  readonly states: StateStore;
  readonly logger: Logger;
  /** Absent where nothing is to be counted. */
  readonly meter?: Meter;
  /** Of the models of lines a minute; the threshold is that of all that is found in logs. */
  readonly series: SeriesSettings;
  readonly settings?: Partial<Omit<LogWatchSettings, 'threshold'>>;
}

/** Lines after which others are asked whether they need the event loop. */
const breathLines = 50;
/** An asset has several counts, and a count is nobody's choice to watch: its models speak so much more rarely than those of series. */
const rateCaution = 0.1;
/** Memory of the models of lines a minute between saves, about. */
const modelBytesMax = 8_000_000;

/** Lines a minute of one series, in the order of their times. */
interface CountedLines {
  readonly asset: AssetId;
  readonly series: SeriesRef;
  readonly pattern: string | undefined;
  readonly counts: MinuteCount[];
}

export function createLogWatch({ states, logger, meter, series, settings: given }: LogWatchDeps): LogWatch {
  const settings: LogWatchSettings = { ...logWatchDefaults, ...given, threshold: series.threshold };
  const rateThreshold = 1 - (1 - series.threshold) * rateCaution;
  const assets = createAssetLogs(states, logger);
  const dictionaries = createPatternDictionaries(states);
  const models = createWatchedSeries({ states, logger, settings: series, heldBytesMax: modelBytesMax });
  const lineCount = meter?.counter({ name: 'heliosiq_detect_log_lines_total', help: 'Log lines that were looked at.' });
  const assetCount = meter?.gauge({ name: 'heliosiq_detect_log_assets', help: 'Assets whose logs are in memory.' });

  /** The events of one line; counts of minutes that are over are put by for the models. */
  function observe(
    { log, offset, appendedAt }: LogLine,
    state: AssetLog,
    {
      tenantId,
      miner,
      counted,
    }: { readonly tenantId: TenantId; readonly miner: LogPatternMiner; readonly counted: Map<string, CountedLines> },
  ): AnomalyEvent[] {
    state.offset = offset;
    state.appendedAt = appendedAt;
    const whose = { tenantId, asset: log.asset, threshold: settings.threshold };
    const { counts, fresh, missing } = observeLine(state, log, { miner, settings });
    for (const count of counts) {
      const own = countedSeries(whose, count.of);
      const pattern = typeof count.of === 'string' ? undefined : count.of.pattern;
      const lines = counted.get(own.id) ?? { asset: log.asset, series: own, pattern, counts: [] };
      counted.set(own.id, lines);
      lines.counts.push(count);
    }
    const eventOf = (what: 'fresh' | 'missing') => (step: (typeof fresh)[number]) =>
      eventOfPatterns(whose, state, { step, what, template: miner.pattern(step.episode.lead)?.template ?? '' });
    return [...fresh.map(eventOf('fresh')), ...missing.map(eventOf('missing'))];
  }

  async function judgeCounts(
    tenantId: TenantId,
    counted: ReadonlyMap<string, CountedLines>,
    miner: LogPatternMiner,
  ): Promise<AnomalyEvent[]> {
    const events: AnomalyEvent[] = [];
    const all = [...counted.values()];
    await models.load(
      tenantId,
      all.map((one) => one.series.id),
    );
    for (const { asset, series: own, pattern, counts } of all) {
      models.withWatch({ tenantId, seriesId: own.id }, rateThreshold, (watch) => {
        for (const { at, lines } of counts) {
          const change = watch.update(at, scaledCount(lines))?.change;
          if (change === undefined) continue;
          const template = pattern === undefined ? undefined : miner.pattern(pattern)?.template;
          events.push(eventOfRate({ tenantId, asset, threshold: rateThreshold }, own, { change, template }));
        }
      });
    }
    return events;
  }

  async function save(): Promise<void> {
    // Assets say which records were seen: what is saved before them may be ahead and takes no harm from seeing these again.
    await models.save();
    await assets.save();
    await dictionaries.save();
    assetCount?.set(assets.size);
  }

  async function observeLines({ tenantId, partition, lines, breathe }: LineBatch): Promise<readonly AnomalyEvent[]> {
    if (lines.length === 0) return [];
    const miner = await dictionaries.open(tenantId, partition);
    await assets.load(tenantId, [...new Set(lines.map(({ log }) => log.asset))]);
    const events: AnomalyEvent[] = [];
    const counted = new Map<string, CountedLines>();
    let seen = 0;
    for (const line of lines) {
      if ((seen += 1) % breathLines === 0) await breathe();
      const state = assets.use(tenantId, line.log.asset, line.log.at);
      if (isSeen(state, line)) continue;
      events.push(...observe(line, state, { tenantId, miner, counted }));
    }
    lineCount?.add(lines.length);
    events.push(...(await judgeCounts(tenantId, counted, miner)));
    return events;
  }

  return {
    async observe({ tenantId, partition, records, breathe }) {
      const lines: LogLine[] = [];
      for (const line of logLinesOf(records)) {
        lines.push(line);
        if (lines.length % breathLines === 0) await breathe();
      }
      return observeLines({ tenantId, partition, lines, breathe });
    },
    observeLines,
    save,
    forget() {
      assets.forget();
      dictionaries.forget();
      models.forget();
    },
  };
}

/** A record comes again after a crash. One with a smaller offset that is younger is of a topic that was made anew. */
function isSeen({ offset, appendedAt }: AssetLog, line: LogLine): boolean {
  return line.offset <= offset && line.appendedAt <= appendedAt;
}
