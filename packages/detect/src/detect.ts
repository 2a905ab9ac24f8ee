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
  createPacer,
} from '@heliosiq/ports';
import { judgeSamples } from './judge-samples.ts';
import { createSaveSchedule } from './save-schedule.ts';
import { type SeriesSettings, defaultSeriesSettings } from './series-settings.ts';
import { createWatchedSeries } from './watched-series.ts';

/** What can be set about the stage. */
export interface DetectSettings extends SeriesSettings {
  /** Memory for models between saves, about; the others wait in the state store. */
  readonly heldBytesMax: number;
  /** Models are saved and offsets committed this long after the first change; later while samples stream in and saving takes long. */
  readonly saveAfterMs: number;
}

/** The shipped settings. */
export const detectDefaults: DetectSettings = {
  ...defaultSeriesSettings,
  heldBytesMax: 40_000_000,
  saveAfterMs: 2000,
};

/** What the stage needs. */
export interface DetectDeps {
  readonly log: EventLog;
  /** Says which series the samples are of. */
  readonly registry: SeriesRegistry;
  readonly states: StateStore;
  readonly anomalies: AnomalyStore;
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
  const watched = createWatchedSeries({
    states: deps.states,
    logger: deps.logger,
    settings,
    heldBytesMax: settings.heldBytesMax,
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
    instruments.series.set(watched.size());
  }

  async function handle(batch: RecordBatch): Promise<void> {
    for (const [tenantId, records] of byTenant(batch.records)) {
      const { gathering, series } = await readSamples(batch, tenantId, records);
      for await (const part of gathering.bySeries(SERIES_AT_ONCE, pacer.giveWay)) {
        const named = part.flatMap(({ ref, ...samples }) => {
          const known = series.get(ref);
          return known === undefined ? [] : [{ ...samples, series: known }];
        });
        await watched.load(
          tenantId,
          named.map((one) => one.series.id),
        );
        await tell(tenantId, await detectIn(tenantId, named));
        // Models may be ahead of the offsets: samples that a model has seen change nothing when they come again.
        if (watched.isFull()) await saveModels();
      }
    }
    uncommitted.set(batch.partition, batch);
  }

  /** The samples of one tenant's records; records that cannot be read are rejected, signals of other kinds pass by. */
  async function readSamples(
    batch: RecordBatch,
    tenantId: TenantId,
    records: readonly LogRecord[],
  ): Promise<{ readonly gathering: SampleGathering; readonly series: ReadonlyMap<number, SeriesRef> }> {
    const gathering = createSampleGathering();
    const gathered: { readonly record: LogRecord; readonly samples: GatheredBatch }[] = [];
    for (const record of records) {
      if (!isSampleColumns(record.value)) continue;
      const columns = decodeSampleColumns(record.value);
      if (columns.ok) gathered.push({ record, samples: gathering.add(columns.value) });
      else await reject(batch, record, columns.reason);
      await pacer.giveWay();
    }
    const refs = gathered.flatMap(({ samples }) => samples.newRefs);
    const series = await deps.registry.describe(tenantId, refs);
    for (const { record, samples } of series.size < refs.length ? gathered : []) {
      if (gathering.refsOf(samples).every((ref) => series.has(ref))) continue;
      gathering.remove(samples);
      await reject(batch, record, 'a sample is of a series that nobody knows');
    }
    return { gathering, series };
  }

  async function reject(batch: RecordBatch, record: LogRecord, reason: string): Promise<void> {
    instruments.rejected.add(1);
    await batch.reject(record, reason);
  }

  /** Stores anomalies before their events go out, so that who reads an event finds the anomaly. */
  async function tell(tenantId: TenantId, events: readonly AnomalyEvent[]): Promise<void> {
    if (events.length === 0) return;
    // Of several revisions of one anomaly in a batch the store needs the last.
    const latest = new Map(events.map(({ anomaly }) => [anomaly.id, anomaly]));
    await deps.anomalies.put(tenantId, [...latest.values()]);
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

  async function detectIn(tenantId: TenantId, blocks: readonly SampleBlock[]): Promise<AnomalyEvent[]> {
    const found: AnomalyEvent[] = [];
    for (const block of blocks) {
      await watched.withWatch(tenantId, block.series.id, async (watch) => {
        const events = await judgeSamples(watch, block, {
          tenantId,
          threshold: settings.threshold,
          breathe: pacer.giveWay,
        });
        for (const { kind } of events) instruments.changes.add(1, { kind: kind.replace('anomaly-', '') });
        found.push(...events);
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
        onAssigned: () =>
          // Another member may have saved newer models meanwhile; what is uncommitted here will be delivered again.
          oneAtATime(async () => {
            uncommitted.clear();
            watched.forget();
          }),
      });
      try {
        for await (const batch of consumer.batches(AbortSignal.any([signal, stop.signal]))) {
          await oneAtATime(() => handle(batch));
          schedule.changed();
        }
        if (stop.signal.aborted) await schedule.failed;
        await oneAtATime(save);
      } finally {
        schedule.stop();
      }
    },
  };
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
