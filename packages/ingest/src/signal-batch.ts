import type { DiscreteSignal, Outcome, TenantId } from '@heliosiq/model';
import { contentId } from '@heliosiq/model/content-id.ts';
import type { IntakeReceipt, RejectedSignal } from '@heliosiq/ports';
import type { SeriesBook, SeriesName } from './intake/series-book.ts';
import { addSample, createTelemetryBatch } from './intake/telemetry-batch.ts';
import type { TelemetryBatch } from './intake/telemetry-batch.ts';
import type { StoreReceipt } from './intake/telemetry-intake.ts';
import type { RecordFault } from './record-fault.ts';
import { asPlainSample, takePlainSample } from './sample-check.ts';
import { checkSignal } from './signal-check.ts';
import type { CheckedSignal } from './signal-check.ts';
import type { TimeWindow } from './signal-time.ts';

const rejectedListedMax = 100;

export interface SignalBatchOptions {
  readonly tenantId: TenantId;
  readonly window: TimeWindow;
  readonly series: SeriesBook;
  /** Size of the body after decompression. */
  readonly bytes: number;
  readonly mayHoldUnstorableText: boolean;
}

/** Checks the records of one request one by one and gathers what is to be appended. */
export interface SignalBatch {
  add(record: Outcome<unknown, RecordFault>): void;
  /** What was found valid so far. */
  readonly telemetry: TelemetryBatch;
  /** What became of the records, once the valid ones were handed on. */
  receipt(stored: StoreReceipt): IntakeReceipt;
}

export function createSignalBatch({
  tenantId,
  window,
  series,
  bytes,
  mayHoldUnstorableText,
}: SignalBatchOptions): SignalBatch {
  const telemetry = createTelemetryBatch(tenantId, bytes);
  /** The record of each sample. */
  const samples: number[] = [];
  const repeatsOf = new Map<string, number>();
  const rejected: RejectedSignal[] = [];
  let index = 0;
  let acceptedTotal = 0;
  let rejectedTotal = 0;

  function reject(fault: RecordFault): void {
    if (rejected.length < rejectedListedMax) rejected.push({ index, ...fault });
    rejectedTotal++;
  }

  function takeSample(name: SeriesName, at: number, value: number): void {
    addSample(telemetry, series.entryOf(tenantId, name), at, value);
    samples.push(index);
  }

  /** Samples of series that the tenant's limit did not let in. */
  function listRefused(reason: string): void {
    for (const [row, entry] of telemetry.entries.entries()) {
      if (rejected.length >= rejectedListedMax) return;
      if (entry.ref === 0 && entry.refusedUntil > 0) rejected.push({ index: samples[row] ?? 0, reason });
    }
  }

  function take({ signal, isIdDerived }: CheckedSignal): void {
    if (signal.kind === 'sample') takeSample(signal, signal.at, signal.value);
    else telemetry.signals.push(isIdDerived ? told(signal) : signal);
    acceptedTotal++;
  }

  /** Equal records of one batch are different occurrences: the second one gets an id of its own, the same in a re-send. */
  function told(signal: DiscreteSignal): DiscreteSignal {
    const repeats = repeatsOf.get(signal.id) ?? 0;
    repeatsOf.set(signal.id, repeats + 1);
    return repeats === 0 ? signal : { ...signal, id: contentId('repeat', signal.id, String(repeats)) };
  }

  return {
    add(record) {
      const at = record.ok && !mayHoldUnstorableText ? takePlainSample(record.value, window) : Number.NaN;
      if (record.ok && !Number.isNaN(at)) {
        const sample = asPlainSample(record.value);
        takeSample(sample, at, sample.value);
        acceptedTotal++;
      } else {
        const checked = record.ok ? checkSignal(record.value, window) : record;
        if (checked.ok) take(checked.value);
        else reject(checked.reason);
      }
      index++;
    },
    telemetry,
    receipt({ refusedSamples, reason }) {
      if (reason !== undefined) listRefused(reason);
      return { accepted: acceptedTotal - refusedSamples, rejectedTotal: rejectedTotal + refusedSamples, rejected };
    },
  };
}
