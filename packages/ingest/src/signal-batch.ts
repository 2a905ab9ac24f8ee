import type { DiscreteSignal, Outcome, TenantId } from '@heliosiq/model';
import { contentId } from '@heliosiq/model/content-id.ts';
import type { IntakeReceipt, RejectedSignal } from '@heliosiq/ports';
import type { SeriesBook } from './intake/series-book.ts';
import { addSample, createTelemetryBatch } from './intake/telemetry-batch.ts';
import type { TelemetryBatch } from './intake/telemetry-batch.ts';
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
  readonly mayHoldUnstorableText: boolean;
}

/** Checks the records of one request one by one and gathers what is to be appended. */
export interface SignalBatch {
  add(record: Outcome<unknown, RecordFault>): void;
  /** What was found valid so far. */
  readonly telemetry: TelemetryBatch;
  receipt(): IntakeReceipt;
}

export function createSignalBatch({
  tenantId,
  window,
  series,
  mayHoldUnstorableText,
}: SignalBatchOptions): SignalBatch {
  const telemetry = createTelemetryBatch(tenantId);
  const repeatsOf = new Map<string, number>();
  const rejected: RejectedSignal[] = [];
  let index = 0;
  let acceptedTotal = 0;
  let rejectedTotal = 0;

  function reject(fault: RecordFault): void {
    if (rejected.length < rejectedListedMax) rejected.push({ index, ...fault });
    rejectedTotal++;
  }

  function take({ signal, isIdDerived }: CheckedSignal): void {
    if (signal.kind === 'sample') addSample(telemetry, series.entryOf(tenantId, signal), signal.at, signal.value);
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
        addSample(telemetry, series.entryOf(tenantId, sample), at, sample.value);
        acceptedTotal++;
      } else {
        const checked = record.ok ? checkSignal(record.value, window) : record;
        if (checked.ok) take(checked.value);
        else reject(checked.reason);
      }
      index++;
    },
    telemetry,
    receipt: () => ({ accepted: acceptedTotal, rejectedTotal, rejected }),
  };
}
