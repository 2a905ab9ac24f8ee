import { setTimeout as wait } from 'node:timers/promises';
import { type AnomalyEvent, HeliosError, type SampleBlock, type SeriesRef, type TenantId } from '@heliosiq/model';
import { decodeSampleColumns, isSampleColumns } from '@heliosiq/model/sample-columns.ts';
import { type GatheredBatch, type SampleGathering, createSampleGathering } from '@heliosiq/model/sample-gathering.ts';
import {
  type AnomalyStore,
  type EventLog,
  type LogRecord,
  type Logger,
  type Meter,
  type Pacer,
  type RecordBatch,
  type SeriesRegistry,
  type Service,
  type StateStore,
  type TenantStore,
  type TuningStore,
  createPacer,
} from '@heliosiq/ports';
import { createAssetShiftPart } from './asset-shift/asset-shift-part.ts';
import type { DetectPart, PartRecord } from './detect-part.ts';
import { createJobPart } from './calendar/job-part.ts';
import { createTuningReader } from './feedback/tuning-reader.ts';
import { type TuningRules, type UsualRange, thresholdOf } from './feedback/tuning-rules.ts';
import { createFlapFilter } from './flapping/flap-filter.ts';
import { createForecastPart } from './forecast/forecast-part.ts';
import { judgeSamples } from './judge-samples.ts';
import type { PartitionKey } from './partition-state.ts';
import { createSaveSchedule } from './save-schedule.ts';
import { createLogWatch } from './log-watch/log-watch.ts';
import { type SeriesSettings, defaultSeriesSettings } from './series-settings.ts';
import { createSilencePart } from './silence/silence-part.ts';
import { createSilenceRounds } from './silence/silence-rounds.ts';
import { type SilenceSettings, silenceDefaults } from './silence/silence-settings.ts';
import { createStuckPart } from './stuck/stuck-part.ts';
import { createWatchedSeries } from './watched-series.ts';

/** What can be set about the stage. */
export interface DetectSettings extends SeriesSettings {
  /** Memory for models between saves, about; the others wait in the state store. */
  readonly heldBytesMax: number;
  /** Models are saved and offsets committed this long after the first change; later while samples stream in and saving takes long. */
  readonly saveAfterMs: number;
  /** Memory for what is known of assets as a whole, between saves, about. */
  readonly assetBytesMax: number;
  readonly silence: SilenceSettings;
}

/** The shipped settings. */
export const detectDefaults: DetectSettings = {
  ...defaultSeriesSettings,
  heldBytesMax: 40_000_000,
  saveAfterMs: 2000,
  assetBytesMax: 16_000_000,
  silence: silenceDefaults,
};

/** What the stage needs. */
export interface DetectDeps {
  readonly log: EventLog;
  /** Says which series the samples are of. */
  readonly registry: SeriesRegistry;
  readonly states: StateStore;
  readonly anomalies: AnomalyStore;
  /** What people told detection; absent where nobody can. */
  readonly tunings?: TuningStore;
  /** Names the tenants whose silence may have begun while nobody looked. */
  readonly tenants?: TenantStore;
  /** Wall clock, milliseconds since the epoch. Default: the machine's. */
  readonly now?: () => number;
  readonly meter: Meter;
  readonly logger: Logger;
  /** Shared by the stages of a process. Default: one of its own. */
  readonly pacer?: Pacer;
  readonly settings?: Partial<DetectSettings>;
}

/** Consumer group of the stage. */
export const detectGroup = 'detect';

/** Series that are loaded and judged at once; all samples of a batch that they have are judged then. */
const SERIES_AT_ONCE = 1000;

/**
 * Reads `signals`, keeps one model per series, and writes `anomalies`.
 *
 * Anomalies are stored and appended as they are found, then models are saved, then offsets committed. After a crash the
 * models are those of the last save and the same samples make the same anomalies with the same ids again.
 */
export function createDetect(deps: DetectDeps): Service {
  const settings = { ...detectDefaults, ...deps.settings };
  const pacer = deps.pacer ?? createPacer();
  const instruments = createInstruments(deps.meter);
  const tuning = createTuningReader(deps.tunings);
  const watched = createWatchedSeries({
    states: deps.states,
    logger: deps.logger,
    settings,
    heldBytesMax: settings.heldBytesMax,
  });
  const silence = createSilencePart({ ...deps, settings: settings.silence });
  const parts: readonly DetectPart[] = [
    createAssetShiftPart({ ...deps, heldBytesMax: settings.assetBytesMax }),
    createJobPart({ registry: deps.registry, states: deps.states, meter: deps.meter, logger: deps.logger }),
    createForecastPart({ states: deps.states, meter: deps.meter }),
    createStuckPart({ states: deps.states, meter: deps.meter, logger: deps.logger }),
    silence,
  ];
  const { states, logger, meter } = deps;
  const flaps = createFlapFilter({ states, logger });
  const logWatch = createLogWatch({ states, logger, meter, series: settings });
  const { checkMs, silenceMsMin } = settings.silence;
  const lookEveryMs = Math.max(100, Math.min(checkMs, silenceMsMin / 4));
  const rounds = createSilenceRounds({
    ...{ log: deps.log, tenants: deps.tenants, logger, now: deps.now ?? Date.now },
    ...{ part: silence, group: detectGroup, everyMs: lookEveryMs },
  });
  /** The last batch of each partition whose effects are not saved yet. */
  const uncommitted = new Map<number, RecordBatch>();

  async function save(): Promise<void> {
    await saveModels();
    const batches = [...uncommitted.values()];
    uncommitted.clear();
    for (const batch of batches) {
      try {
        await batch.commit();
      } catch (error) {
        // The partition moved to another member, which sees its records again from the last commit on.
        if (!(error instanceof HeliosError) || error.code !== 'conflict') throw error;
      }
    }
  }

  async function saveModels(): Promise<void> {
    await watched.save();
    for (const part of parts) await part.save();
    await flaps.save();
    await logWatch.save();
    instruments.series.set(watched.size());
  }

  async function handle(batch: RecordBatch): Promise<void> {
    for (const [tenantId, records] of byTenant(batch.records)) {
      const rules = await tuning.rulesOf(tenantId);
      const { gathering, series, read } = await readSamples(batch, tenantId, records);
      const { partition } = batch;
      await flaps.load({ tenantId, partition });
      for await (const part of gathering.bySeries(SERIES_AT_ONCE, pacer.giveWay)) {
        const named = part.flatMap(({ ref, ...samples }) => {
          const known = series.get(ref);
          return known === undefined ? [] : [{ ...samples, series: known }];
        });
        await watched.load(
          tenantId,
          named.map((one) => one.series.id),
        );
        await tell(tenantId, await detectIn({ tenantId, partition }, named, rules));
        // Models may be ahead of the offsets: samples that a model has seen change nothing when they come again.
        if (watched.isFull()) await saveModels();
      }
      const breathe = pacer.giveWay;
      const looks = [
        ...parts.map((part) => () => part.observe({ tenantId, partition, records: read, series, breathe })),
        () => logWatch.observe({ tenantId, partition, records, breathe }),
      ];
      for (const look of looks) {
        const found = await look();
        for (const { kind } of found) instruments.changes.add(1, { kind: kind.replace('anomaly-', '') });
        await tell(
          tenantId,
          found.map((event) => ({ event, isMuted: isMuted(event, rules) })),
        );
      }
    }
    uncommitted.set(batch.partition, batch);
  }

  /** Tells who has fallen silent while nobody sends; true when there was something. */
  async function lookForSilence(): Promise<boolean> {
    const found = await rounds.look();
    for (const { tenantId, events } of found) {
      const rules = await tuning.rulesOf(tenantId);
      for (const { kind } of events) instruments.changes.add(1, { kind: kind.replace('anomaly-', '') });
      await tell(
        tenantId,
        events.map((event) => ({ event, isMuted: isMuted(event, rules) })),
      );
    }
    return found.length > 0;
  }

  /** The samples of one tenant's records; records that cannot be read are rejected, signals of other kinds pass by. */
  async function readSamples(
    batch: RecordBatch,
    tenantId: TenantId,
    records: readonly LogRecord[],
  ): Promise<{
    readonly gathering: SampleGathering;
    readonly series: ReadonlyMap<number, SeriesRef>;
    readonly read: readonly PartRecord[];
  }> {
    const gathering = createSampleGathering();
    const gathered: { readonly record: LogRecord; readonly samples: GatheredBatch; readonly read: PartRecord }[] = [];
    const unknown = new Set<PartRecord>();
    for (const record of records) {
      if (!isSampleColumns(record.value)) continue;
      const columns = decodeSampleColumns(record.value);
      if (columns.ok) {
        const read = { columns: columns.value, appendedAt: record.appendedAt };
        gathered.push({ record, samples: gathering.add(columns.value), read });
      } else await reject(batch, record, columns.reason);
      await pacer.giveWay();
    }
    const refs = gathered.flatMap(({ samples }) => samples.newRefs);
    const series = await deps.registry.describe(tenantId, refs);
    for (const { record, samples, read } of series.size < refs.length ? gathered : []) {
      if (gathering.refsOf(samples).every((ref) => series.has(ref))) continue;
      gathering.remove(samples);
      unknown.add(read);
      await reject(batch, record, 'a sample is of a series that nobody knows');
    }
    return { gathering, series, read: gathered.flatMap(({ read }) => (unknown.has(read) ? [] : [read])) };
  }

  async function reject(batch: RecordBatch, record: LogRecord, reason: string): Promise<void> {
    instruments.rejected.add(1);
    await batch.reject(record, reason);
  }

  /** Stores anomalies before their events go out, so that who reads an event finds the anomaly. */
  async function tell(tenantId: TenantId, found: readonly FoundEvent[]): Promise<void> {
    if (found.length === 0) return;
    // Of several revisions of one anomaly in a batch the store needs the last.
    const latest = new Map(found.map(({ event: { anomaly } }) => [anomaly.id, anomaly]));
    await deps.anomalies.put(tenantId, [...latest.values()]);
    const events = found.flatMap(({ event, isMuted: muted }) => (muted ? [] : [event]));
    if (events.length === 0) return;
    await deps.log.append(
      tenantId,
      'anomalies',
      events.map((event) => ({
        key: tenantId,
        id: `${event.anomaly.id}-${event.anomaly.revision}`,
        value: Buffer.from(JSON.stringify(event)),
      })),
    );
  }

  async function detectIn(
    where: PartitionKey,
    blocks: readonly SampleBlock[],
    rules: TuningRules,
  ): Promise<FoundEvent[]> {
    const found: FoundEvent[] = [];
    const { tenantId } = where;
    for (const block of blocks) {
      const threshold = thresholdOf(rules.levelOf(block.series), settings.threshold);
      await watched.withWatch({ tenantId, seriesId: block.series.id }, threshold, async (watch) => {
        const events = await judgeSamples(watch, block, {
          tenantId,
          threshold,
          breathe: pacer.giveWay,
        });
        for (const { kind } of events) instruments.changes.add(1, { kind: kind.replace('anomaly-', '') });
        const usual = events.length === 0 ? undefined : watch.usualRange();
        const byPeople = new Set(events.filter((event) => isMuted(event, rules, usual)));
        const { silenced, told } = flaps.view(
          where,
          block,
          events.filter((event) => !byPeople.has(event)),
        );
        found.push(
          ...events.map((event) => ({ event, isMuted: byPeople.has(event) || silenced.has(event) })),
          ...told.map((event) => ({ event, isMuted: isMuted(event, rules, usual) })),
        );
      });
      instruments.samples.add(block.times.length);
    }
    return found;
  }

  return {
    name: 'detect',
    async run(signal) {
      const oneAtATime = createTurns();
      const stop = new AbortController();
      const timedSave = async (): Promise<number> => {
        const startedAt = performance.now();
        await save();
        return performance.now() - startedAt;
      };
      const schedule = createSaveSchedule(settings.saveAfterMs, () => oneAtATime(timedSave));
      schedule.failed.catch(() => stop.abort());
      await using consumer = deps.log.consumer({
        group: detectGroup,
        topics: ['signals'],
        onAssigned: (_topic, partitions) =>
          // Another member may have saved newer models of these meanwhile, and what is uncommitted of them will be delivered
          // again; that of partitions which were held all along will not, and is kept.
          oneAtATime(async () => {
            for (const partition of partitions) uncommitted.delete(partition);
            if (uncommitted.size > 0) await save();
            watched.forget();
            for (const part of parts) part.forget();
            flaps.forget();
            logWatch.forget();
            rounds.assigned(partitions);
          }),
      });
      const either = AbortSignal.any([signal, stop.signal]);
      /** Ends with the stage; a failure of it ends the stage. */
      const looking = (async () => {
        while (!either.aborted) {
          // An abort only ends the wait.
          await wait(lookEveryMs, undefined, { signal: either, ref: false }).catch(() => undefined);
          if (!either.aborted && (await oneAtATime(lookForSilence))) schedule.changed();
        }
      })();
      looking.catch(() => stop.abort());
      try {
        for await (const batch of consumer.batches(either)) {
          await oneAtATime(() => handle(batch));
          schedule.changed();
        }
        await (stop.signal.aborted ? Promise.race([schedule.failed, looking]) : looking);
        await oneAtATime(save);
      } finally {
        stop.abort();
        schedule.stop();
      }
    },
  };
}

/** What was found, and whether people said that it should not be told. */
interface FoundEvent {
  readonly event: AnomalyEvent;
  readonly isMuted: boolean;
}

/** The end of what was told before people spoke is told as well: whoever waits for it must hear of it. */
function isMuted({ kind, anomaly }: AnomalyEvent, rules: TuningRules, usual?: UsualRange): boolean {
  const tuning = rules.mutedBy(anomaly, usual);
  return tuning !== undefined && !(kind === 'anomaly-closed' && anomaly.startedAt < tuning.createdAt);
}

/** Runs asynchronous steps one after another in the order of the calls; a failed step does not stop later ones. */
function createTurns(): <Result>(step: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (step) => {
    const turn = last.then(step);
    last = turn.catch(() => undefined);
    return turn;
  };
}

function createInstruments(meter: Meter) {
  return {
    samples: meter.counter({ name: 'heliosiq_detect_samples_total', help: 'Samples judged by series models.' }),
    changes: meter.counter({
      name: 'heliosiq_detect_anomaly_changes_total',
      help: 'Anomalies opened, updated and closed.',
      labels: ['kind'],
    }),
    rejected: meter.counter({
      name: 'heliosiq_detect_records_rejected_total',
      help: 'Records of signals that detection could not read.',
    }),
    series: meter.gauge({ name: 'heliosiq_detect_series', help: 'Series whose models are in memory.' }),
  };
}

function byTenant(records: readonly LogRecord[]): Map<TenantId, LogRecord[]> {
  const groups = new Map<TenantId, LogRecord[]>();
  for (const record of records) {
    const group = groups.get(record.tenantId);
    if (group === undefined) groups.set(record.tenantId, [record]);
    else group.push(record);
  }
  return groups;
}
