import type { Outcome, Signal, TenantId } from '@heliosiq/model';
import { createSeriesBook } from '../intake/series-book.ts';
import type { SeriesEntry, SeriesName } from '../intake/series-book.ts';
import type { RecordFault } from '../record-fault.ts';
import { checkSignal } from '../signal-check.ts';
import { readWireRecords } from '../wire-records.ts';
import { createPipeline } from './pipeline.ts';
import type { PipelineOptions } from './pipeline.ts';
import { decideEntries, shapeSamples } from './shape-samples.ts';

/** What the rules did to one record of a trial. */
export interface TrialResult {
  /** Counts the records from 1. */
  readonly number: number;
  readonly outcome: 'unchanged' | 'changed' | 'dropped' | 'rejected';
  /** The signal as it would come in; absent when the record is none. */
  readonly before?: Signal;
  /** What would be stored; several where a rule derives a metric. */
  readonly after: readonly Signal[];
  /** The rules that did something, in their order. */
  readonly rules: readonly string[];
  /** Why the record is no signal. */
  readonly reason?: string;
}

export interface TrialOptions extends Omit<PipelineOptions, 'onChange'> {
  readonly tenantId: TenantId;
  /** Milliseconds since the epoch, for records without a time. */
  readonly now: number;
}

/** Any time is taken: what is tried is often old. */
const anyTime = { from: -8_640_000_000_000_000, to: 8_640_000_000_000_000 };
const recordsMax = 100_000;

/**
 * Runs wire signals (JSON or NDJSON) through the rules without storing anything, by the same code as the intake.
 * Throws what `readWireRecords` throws.
 */
export function* tryPipeline(body: Buffer, { tenantId, now, ...options }: TrialOptions): Iterable<TrialResult> {
  let fired: string[] = [];
  const rules = createPipeline({ ...options, onChange: ({ rule }) => void fired.push(rule) });
  const book = createSeriesBook(recordsMax);
  const firedOf = new Map<SeriesEntry, readonly string[]>();
  const nameOf = new Map<SeriesEntry, SeriesName>();

  function trySample(before: Signal & { kind: 'sample' }): Omit<TrialResult, 'number'> {
    const entry = book.entryOf(tenantId, before);
    if (!firedOf.has(entry)) {
      fired = [];
      decideEntries(tenantId, [entry], rules);
      firedOf.set(entry, unique(fired));
      if (entry.series !== undefined) nameOf.set(entry, entry.series);
      for (const { entry: made } of entry.shape?.outputs ?? [])
        if (made.series !== undefined) nameOf.set(made, made.series);
    }
    const shaped = shapeSamples({ entries: [entry], times: [before.at], values: [before.value] });
    shaped.settle();
    const after = shaped.entries.map((made, row): Signal => {
      const { asset, metric, labels = {}, unit } = nameOf.get(made) ?? before;
      const value = shaped.values[row] ?? Number.NaN;
      return { kind: 'sample', asset, metric, labels, ...(unit === undefined ? {} : { unit }), at: before.at, value };
    });
    const used = unique([...(firedOf.get(entry) ?? []), ...shaped.droppedBy.keys()]);
    return { before, after, rules: used, outcome: outcomeOf(before, after) };
  }

  function trySignal(before: Exclude<Signal, { kind: 'sample' }>): Omit<TrialResult, 'number'> {
    fired = [];
    const decision = rules.decideSignal(tenantId, before);
    const after = 'signal' in decision ? [decision.signal] : [];
    return { before, after, rules: unique(fired), outcome: outcomeOf(before, after) };
  }

  let number = 0;
  for (const item of readWireRecords(mediaTypeOf(body), body, recordsMax).items) {
    number += 1;
    const checked = item.ok ? checkSignal(withTime(item.value, now), anyTime) : item;
    if (!checked.ok) {
      yield { number, outcome: 'rejected', after: [], rules: [], reason: reasonOf(checked) };
      continue;
    }
    const { signal } = checked.value;
    yield { number, ...(signal.kind === 'sample' ? trySample(signal) : trySignal(signal)) };
  }
}

function outcomeOf(before: Signal, after: readonly Signal[]): TrialResult['outcome'] {
  if (after.length === 0) return 'dropped';
  return after.length === 1 && JSON.stringify(after[0]) === JSON.stringify(before) ? 'unchanged' : 'changed';
}

function reasonOf(checked: Outcome<unknown, RecordFault>): string {
  return checked.ok ? '' : checked.reason.reason;
}

function withTime(record: unknown, now: number): unknown {
  const isUntimed = typeof record === 'object' && record !== null && !Array.isArray(record) && !('at' in record);
  return isUntimed ? { ...record, at: now } : record;
}

/** A file that is one JSON text, else one record a line. */
function mediaTypeOf(body: Buffer): string {
  try {
    JSON.parse(body.toString());
    return 'application/json';
  } catch {
    return 'application/x-ndjson';
  }
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
