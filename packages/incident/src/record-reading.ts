import { type Alert, type Anomaly, AnomalyEvent, type Outcome, accepted, rejected } from '@heliosiq/model';
import { decodeSampleColumns, isSampleColumns } from '@heliosiq/model/sample-columns.ts';
import { mayBeSignalOf, readDiscreteSignal } from '@heliosiq/model/signal-record.ts';
import type { LogRecord } from '@heliosiq/ports';

/** What a record means to correlation. */
export type Observation =
  | { readonly kind: 'anomaly'; readonly anomaly: Anomaly }
  | { readonly kind: 'alert'; readonly alert: Alert };

/** What records of one tenant mean to correlation. */
export interface Observations {
  readonly anomalies: readonly Anomaly[];
  /** In the order of the records; may be asked for again. */
  inOrder(): Iterable<Observation>;
}

/** Observations of records that are read when they are asked for. */
export interface RecordObservations extends Observations {
  /** Records that can be alerts. */
  readonly alerts: number;
  /** Records that cannot be read, with the reason; alerts are known once `inOrder` came to them. */
  readonly unreadable: ReadonlyMap<LogRecord, string>;
}

/**
 * Records of `anomalies` and `signals` as observations. Alerts are read one by one as they are asked for: in a storm they wait
 * as the bytes that came in. Only records that can be alerts are parsed: most signals are samples.
 */
export function observationsOf(records: readonly LogRecord[]): RecordObservations {
  const unreadable = new Map<LogRecord, string>();
  const anomalies = new Map<LogRecord, Anomaly>();
  for (const record of records) {
    if (record.topic !== 'anomalies') continue;
    const anomaly = readAnomaly(record);
    if (anomaly.ok) anomalies.set(record, anomaly.value);
    else unreadable.set(record, anomaly.reason);
  }
  const telling = records.filter((record) => anomalies.has(record) || mayBeAlert(record));

  function read(record: LogRecord): Observation | undefined {
    const anomaly = anomalies.get(record);
    if (anomaly !== undefined) return { kind: 'anomaly', anomaly };
    const signal = readDiscreteSignal(record.value);
    if (!signal.ok) unreadable.set(record, signal.reason);
    return signal.ok && signal.value.kind === 'alert' ? { kind: 'alert', alert: signal.value } : undefined;
  }

  return {
    anomalies: [...anomalies.values()],
    alerts: telling.length - anomalies.size,
    unreadable,
    *inOrder() {
      for (const record of telling) {
        const observation = read(record);
        if (observation !== undefined) yield observation;
      }
    },
  };
}

function mayBeAlert({ topic, value }: LogRecord): boolean {
  return topic === 'signals' && !isSampleColumns(value) && mayBeSignalOf('alert', value);
}

/** Newest event time that a record of `signals` speaks of; undefined when it cannot be told. */
export function eventTimeOf(record: LogRecord): number | undefined {
  if (isSampleColumns(record.value)) return newestTimeOf(record.value);
  const signal = readDiscreteSignal(record.value);
  return signal.ok ? signal.value.at : undefined;
}

function newestTimeOf(bytes: Uint8Array): number | undefined {
  const columns = decodeSampleColumns(bytes);
  if (!columns.ok || columns.value.times.length === 0) return undefined;
  return columns.value.times.reduce((newest, time) => Math.max(newest, time), -Infinity);
}

function readAnomaly({ value, tenantId }: LogRecord): Outcome<Anomaly> {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8'));
  } catch {
    return rejected('the record is not JSON');
  }
  const parsed = AnomalyEvent.safeParse(json);
  if (!parsed.success) return rejected(parsed.error.message);
  const { anomaly } = parsed.data;
  return anomaly.tenantId === tenantId ? accepted(anomaly) : rejected('the anomaly belongs to another tenant');
}
