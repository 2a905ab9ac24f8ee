import type { Outcome, Signal, TenantId } from '@heliosiq/model';
import { contentId } from '@heliosiq/model/content-id.ts';
import type { IntakeReceipt, NewRecord, RejectedSignal } from '@heliosiq/ports';
import type { RecordFault } from './record-fault.ts';
import { createSampleBlocks } from './sample-blocks.ts';
import { asPlainSample, takePlainSample } from './sample-check.ts';
import type { SeriesCache } from './series-cache.ts';
import { checkSignal } from './signal-check.ts';
import type { CheckedSignal } from './signal-check.ts';
import type { TimeWindow } from './signal-time.ts';

const rejectedListedMax = 100;

export interface SignalBatchOptions {
  readonly tenantId: TenantId;
  readonly window: TimeWindow;
  readonly series: SeriesCache;
  readonly mayHoldUnstorableText: boolean;
}

/** Checks the records of one request one by one and gathers what is to be appended. */
export interface SignalBatch {
  add(record: Outcome<unknown, RecordFault>): void;
  /** What to append: sample blocks, then the other signals in their order. */
  records(): readonly NewRecord[];
  receipt(): IntakeReceipt;
}

export function createSignalBatch({
  tenantId,
  window,
  series,
  mayHoldUnstorableText,
}: SignalBatchOptions): SignalBatch {
  const blocks = createSampleBlocks();
  const discrete: NewRecord[] = [];
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
    if (signal.kind === 'sample') blocks.add(series.seriesOf(tenantId, signal), signal.at, signal.value);
    else discrete.push(recordOf(isIdDerived ? told(signal) : signal));
    acceptedTotal++;
  }

  /** Equal records of one batch are different occurrences: the second one gets an id of its own, the same in a re-send. */
  function told(signal: DiscreteRecord): DiscreteRecord {
    const repeats = repeatsOf.get(signal.id) ?? 0;
    repeatsOf.set(signal.id, repeats + 1);
    return repeats === 0 ? signal : { ...signal, id: contentId('repeat', signal.id, String(repeats)) };
  }

  return {
    add(record) {
      const at = record.ok && !mayHoldUnstorableText ? takePlainSample(record.value, window) : Number.NaN;
      if (record.ok && !Number.isNaN(at)) {
        const sample = asPlainSample(record.value);
        blocks.add(series.seriesOf(tenantId, sample), at, sample.value);
        acceptedTotal++;
      } else {
        const checked = record.ok ? checkSignal(record.value, window) : record;
        if (checked.ok) take(checked.value);
        else reject(checked.reason);
      }
      index++;
    },
    records: () => [...blocks.records(), ...discrete],
    receipt: () => ({ accepted: acceptedTotal, rejectedTotal, rejected }),
  };
}

type DiscreteRecord = Exclude<Signal, { kind: 'sample' }>;

function recordOf(signal: DiscreteRecord): NewRecord {
  const state = signal.kind === 'alert' ? signal.status : '';
  return {
    key: signal.asset,
    id: contentId(signal.kind, signal.id, String(signal.at), state),
    value: Buffer.from(JSON.stringify(signal)),
  };
}
