import type { LogTopicName, SampleBlock, SeriesRef, TenantId } from '@heliosiq/model';
import type { SampleColumns } from '@heliosiq/model/sample-columns.ts';
import {
  createSampleGathering,
  type Breathe,
  type GatheredBatch,
  type SampleGathering,
} from '@heliosiq/model/sample-gathering.ts';
import type { LogRecord, RecordBatch, SeriesRegistry } from '@heliosiq/ports';
import { createHeldTexts, type HeldTexts } from './held-texts.ts';
import { createPieceStock } from './piece-stock.ts';

/** What one tenant's records of some batches amount to. */
export interface TenantSignals {
  /** All samples by series, in the order in which they came, at most `seriesMax` series at a time. */
  blocks(seriesMax: number, breathe: Breathe): AsyncGenerator<SampleBlock[], void, undefined>;
  /** Signals that are no samples, as their records hold them. */
  readonly signals: Pick<HeldTexts, 'all'>;
  /** Assets of the series. */
  readonly assets: ReadonlySet<string>;
}

/** What is not stored yet, and the batches to commit once it is. Disposing of it gives the memory back. */
export interface PendingSignals extends Disposable {
  addSamples(record: LogRecord, columns: SampleColumns): void;
  /** A record of a signal that can be read. */
  addSignal(record: Pick<LogRecord, 'tenantId' | 'value'>): void;
  /** Asks the registry for the series that are new here; returns the records with unknown ones, which are taken out. */
  nameSeries(registry: SeriesRegistry): Promise<readonly LogRecord[]>;
  /** Remembers a batch for its commit: the last one of a partition commits the earlier ones too. */
  addBatch(batch: RecordBatch): void;
  readonly records: number;
  readonly samples: number;
  readonly tenants: ReadonlyMap<TenantId, TenantSignals>;
  batches(): readonly BatchEnd[];
}

/** What is left of a batch to be done; its records are not held for it. */
export type BatchEnd = Pick<RecordBatch, 'partition' | 'commit'>;

/** A record whose series are not named yet. */
interface Unnamed {
  readonly record: LogRecord;
  readonly gathered: GatheredBatch;
}

interface Pending extends TenantSignals {
  readonly gathering: SampleGathering;
  readonly series: Map<number, SeriesRef>;
  readonly signals: HeldTexts;
  readonly assets: Set<string>;
  unnamed: Unnamed[];
  /** Some of the gathered numbers are of no series. */
  hasUnknown: boolean;
}

/** Shared: one is written while the next one gathers. */
const pieces = createPieceStock({ pieceBytes: 65_536, spareMax: 32 });

export function createPendingSignals(): PendingSignals {
  const tenants = new Map<TenantId, Pending>();
  const lastBatches = new Map<`${LogTopicName} ${number}`, BatchEnd>();
  let records = 0;

  function pendingOf(tenantId: TenantId): Pending {
    const known = tenants.get(tenantId);
    if (known !== undefined) return known;
    const made = createPending();
    tenants.set(tenantId, made);
    return made;
  }

  return {
    addSamples(record, columns) {
      const pending = pendingOf(record.tenantId);
      records += 1;
      pending.unnamed.push({ record, gathered: pending.gathering.add(columns) });
    },

    addSignal(record) {
      records += 1;
      pendingOf(record.tenantId).signals.add(record.value);
    },

    async nameSeries(registry) {
      const found = await Promise.all(
        [...tenants].map(([tenantId, { unnamed }]) =>
          registry.describe(
            tenantId,
            unnamed.flatMap(({ gathered }) => gathered.newRefs),
          ),
        ),
      );
      // From here on nothing fails: a repetition after an outage finds everything as it was.
      const unknown = [...tenants.values()].flatMap((pending, index) => settle(pending, found[index] ?? new Map()));
      records -= unknown.length;
      return unknown;
    },

    addBatch(batch) {
      const { topic, partition, commit } = batch;
      lastBatches.set(`${topic} ${partition}`, { partition, commit });
    },
    get records() {
      return records;
    },
    get samples() {
      let samples = 0;
      for (const { gathering } of tenants.values()) samples += gathering.samples;
      return samples;
    },
    tenants,
    batches: () => [...lastBatches.values()],
    [Symbol.dispose]() {
      for (const { signals } of tenants.values()) signals[Symbol.dispose]();
    },
  };
}

/** Takes the names over, and takes out the records whose series have none. */
function settle(pending: Pending, found: ReadonlyMap<number, SeriesRef>): LogRecord[] {
  for (const [ref, series] of found) {
    pending.series.set(ref, series);
    pending.assets.add(series.asset);
  }
  const news = pending.unnamed.reduce((sum, { gathered }) => sum + gathered.newRefs.length, 0);
  pending.hasUnknown ||= found.size < news;
  const unknown = pending.unnamed.filter(
    ({ gathered }) => pending.hasUnknown && !pending.gathering.refsOf(gathered).every((ref) => pending.series.has(ref)),
  );
  for (const { gathered } of unknown) pending.gathering.remove(gathered);
  pending.unnamed = [];
  return unknown.map(({ record }) => record);
}

function createPending(): Pending {
  const gathering = createSampleGathering();
  const series = new Map<number, SeriesRef>();
  return {
    gathering,
    series,
    signals: createHeldTexts(pieces),
    assets: new Set(),
    unnamed: [],
    hasUnknown: false,
    async *blocks(seriesMax, breathe) {
      for await (const part of gathering.bySeries(seriesMax, breathe)) {
        yield part.flatMap(({ ref, times, values }) => {
          const own = series.get(ref);
          return own === undefined ? [] : [{ series: own, times, values }];
        });
      }
    },
  };
}
