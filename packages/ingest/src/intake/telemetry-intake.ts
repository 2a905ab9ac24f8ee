import { hash } from 'node:crypto';
import type { DiscreteSignal, SeriesRef, TenantId } from '@heliosiq/model';
import { contentId } from '@heliosiq/model/content-id.ts';
import { columnSamplesMax, encodeSampleColumns } from '@heliosiq/model/sample-columns.ts';
import { keyOfLane, signalKeyOf, signalLanes } from '@heliosiq/model/signal-lane.ts';
import type { EventLog, Meter, NewRecord, SeriesRegistry } from '@heliosiq/ports';
import { decideEntries, shapeSamples } from '../pipeline/shape-samples.ts';
import type { SampleRows } from '../pipeline/shape-samples.ts';
import { noRules } from '../pipeline/signal-rules.ts';
import type { SignalRules } from '../pipeline/signal-rules.ts';
import type { SeriesEntry } from './series-book.ts';
import type { TelemetryBatch } from './telemetry-batch.ts';
import type { TenantQuota } from './tenant-quota.ts';

export interface StoreOptions {
  /** Travels with the records as the header `correlation-id`, so that log lines of all stages can be joined. */
  readonly correlationId?: string | undefined;
  /** Further headers of the record of a signal. */
  readonly headersOf?: ((signal: DiscreteSignal) => Readonly<Record<string, string>> | undefined) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What became of a batch. */
export interface StoreReceipt {
  /** Samples and signals that were taken: they are durable, or a rule of the pipeline dropped them. */
  readonly stored: number;
  /** Samples of new series that the tenant's limit of series did not let in. */
  readonly refusedSamples: number;
  readonly refusedSeries: number;
  /** Why some were refused, in public words. */
  readonly reason?: string;
  /** The signals as they were stored, where rules of the pipeline may have changed or dropped some. */
  readonly signals?: readonly DiscreteSignal[];
}

/** Where all doors end. */
export interface TelemetryIntake {
  /**
   * Stores a batch: when it resolves, everything in it is durable but what the receipt counts as refused; when it
   * rejects, possibly nothing is. Rejects with `rate-limited` where the tenant's rate or its bytes of the day are used up.
   */
  store(batch: TelemetryBatch, options?: StoreOptions): Promise<StoreReceipt>;
}

export interface TelemetryIntakeDeps {
  readonly log: EventLog;
  readonly registry: Pick<SeriesRegistry, 'register'>;
  readonly quota: TenantQuota;
  readonly rules?: SignalRules;
  readonly meter?: Meter;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** A refused series is asked for again after this long. */
const refusedForMs = 30_000;

export function createTelemetryIntake(deps: TelemetryIntakeDeps): TelemetryIntake {
  const { log, registry, quota, rules = noRules, meter, now = Date.now } = deps;
  const dropped = meter?.counter({
    name: 'heliosiq_ingest_pipeline_dropped_total',
    help: 'Samples and other signals that a rule of the pipeline dropped or thinned away.',
    labels: ['tenant', 'rule'],
  });

  /** Registers what is new; until then its entries have no number to write. */
  async function registerNew(tenantId: TenantId, entries: readonly SeriesEntry[]): Promise<void> {
    const moment = now();
    const news = new Set<SeriesEntry>();
    const series: SeriesRef[] = [];
    for (const entry of entries) {
      if (entry.ref !== 0 || entry.series === undefined || entry.refusedUntil > moment || news.has(entry)) continue;
      news.add(entry);
      series.push(entry.series);
    }
    if (news.size === 0) return;
    const newMax = await quota.admitSeries(tenantId, series.length);
    const refs = await registry.register(tenantId, series, newMax === undefined ? {} : { newMax });
    let index = 0;
    for (const entry of news) {
      const ref = refs[index++] ?? 0;
      // Another batch may have had it registered meanwhile.
      if (entry.ref !== 0) continue;
      entry.ref = ref;
      if (ref === 0) entry.refusedUntil = moment + refusedForMs;
      else entry.series = undefined;
    }
  }

  /** What is left without the samples of series that were refused. */
  function withoutRefused(tenantId: TenantId, rows: SampleRows): { readonly rows: SampleRows; receipt: Refusal } {
    const refused = new Set<SeriesEntry>();
    for (const entry of rows.entries) if (entry.ref === 0) refused.add(entry);
    if (refused.size === 0) return { rows, receipt: nothingRefused };
    const isKept = (_: unknown, row: number): boolean => rows.entries[row]?.ref !== 0;
    const kept = {
      entries: rows.entries.filter(isKept),
      times: columnOf(rows.times).filter(isKept),
      values: columnOf(rows.values).filter(isKept),
    };
    const samples = rows.entries.length - kept.entries.length;
    const reason = quota.refuseSeries(tenantId, { series: refused.size, samples });
    return { rows: kept, receipt: { refusedSamples: samples, refusedSeries: refused.size, reason } };
  }

  /** The signal as rules of the pipeline leave it; undefined where they drop it. */
  function ruled(tenantId: TenantId, signal: DiscreteSignal): DiscreteSignal | undefined {
    const decision = rules.decideSignal(tenantId, signal);
    if ('signal' in decision) return decision.signal;
    dropped?.add(1, { tenant: tenantId, rule: decision.droppedBy });
    return undefined;
  }

  async function storeAdmitted(batch: TelemetryBatch, options: StoreOptions): Promise<StoreReceipt> {
    const { tenantId } = batch;
    const { correlationId, headersOf, signal } = options;
    const { hasNew, isShaped } = decideEntries(tenantId, batch.entries, rules);
    const shaped = isShaped ? shapeSamples(batch) : undefined;
    const named: SampleRows = shaped ?? batch;
    if (hasNew) await registerNew(tenantId, named.entries);
    const { rows, receipt } = hasNew ? withoutRefused(tenantId, named) : { rows: named, receipt: nothingRefused };
    const headers = correlationId === undefined ? undefined : { 'correlation-id': correlationId };
    const records: NewRecord[] = [];
    if (rows.entries.length > 0) addSampleRecords(records, rows, headers);
    const signals: DiscreteSignal[] = [];
    for (const sent of batch.signals) {
      const kept = ruled(tenantId, sent);
      if (kept === undefined) continue;
      signals.push(kept);
      records.push(signalRecord(kept, allHeaders(headers, headersOf?.(sent))));
    }
    if (records.length > 0) await log.append(tenantId, 'signals', records, signal === undefined ? {} : { signal });
    if (shaped !== undefined) {
      shaped.settle();
      for (const [rule, count] of shaped.droppedBy) dropped?.add(count, { tenant: tenantId, rule });
    }
    const total = batch.entries.length + batch.signals.length;
    const stored = Math.max(0, total - receipt.refusedSamples);
    return rules === noRules ? { ...receipt, stored } : { ...receipt, stored, signals };
  }

  return {
    async store(batch, options = {}) {
      const { tenantId, entries, signals, bytes } = batch;
      const amounts = { signals: entries.length + signals.length, bytes };
      if (amounts.signals === 0) return { stored: 0, ...nothingRefused };
      await quota.admit(tenantId, amounts);
      try {
        return await storeAdmitted(batch, options);
      } catch (error) {
        quota.giveBack(tenantId, amounts);
        throw error;
      }
    },
  };
}

type Refusal = Omit<StoreReceipt, 'stored' | 'signals'>;

const nothingRefused: Refusal = { refusedSamples: 0, refusedSeries: 0 };

/** Adds one record a lane that the batch touches (more only for very large batches), samples in the order of the batch. */
function addSampleRecords(
  records: NewRecord[],
  { entries, times, values }: SampleRows,
  headers: NewRecord['headers'],
): void {
  const count = entries.length;
  const refs = new Float64Array(count);
  const ends = new Int32Array(signalLanes);
  for (let row = 0; row < count; row += 1) {
    const entry = entries[row];
    if (entry === undefined) continue;
    refs[row] = entry.ref;
    ends[entry.lane] = (ends[entry.lane] ?? 0) + 1;
  }
  // A counting sort by lane: starts of the lanes first, then every row behind the earlier ones of its lane.
  let total = 0;
  for (let lane = 0; lane < signalLanes; lane += 1) {
    const size = ends[lane] ?? 0;
    ends[lane] = total;
    total += size;
  }
  const order = new Int32Array(count);
  for (let row = 0; row < count; row += 1) {
    const lane = entries[row]?.lane ?? 0;
    const place = ends[lane] ?? 0;
    order[place] = row;
    ends[lane] = place + 1;
  }
  const columns = { refs, times: columnOf(times), values: columnOf(values) };
  for (let lane = 0, start = 0; lane < signalLanes; lane += 1) {
    const end = ends[lane] ?? 0;
    for (; start < end; start = Math.min(end, start + columnSamplesMax)) {
      const value = encodeSampleColumns(columns, order, { from: start, to: Math.min(end, start + columnSamplesMax) });
      // The same samples are the same fact: a re-send keeps its id.
      const id = hash('sha256', value, 'hex').slice(0, 32);
      records.push({ key: keyOfLane(lane), id, value, ...(headers === undefined ? {} : { headers }) });
    }
  }
}

function columnOf(numbers: ArrayLike<number>): Float64Array {
  return numbers instanceof Float64Array ? numbers : Float64Array.from(numbers);
}

function allHeaders(shared: NewRecord['headers'], own: NewRecord['headers']): NewRecord['headers'] {
  return own === undefined ? shared : { ...shared, ...own };
}

function signalRecord(signal: DiscreteSignal, headers: NewRecord['headers']): NewRecord {
  const state = signal.kind === 'alert' ? signal.status : '';
  const key = signalKeyOf(signal.asset);
  const id = contentId(signal.kind, signal.id, String(signal.at), state);
  const value = Buffer.from(JSON.stringify(signal));
  return headers === undefined ? { key, id, value } : { key, id, value, headers };
}
