import { type Alert, type Anomaly, AnomalyEvent, type Outcome, accepted, rejected } from '@heliosiq/model';
import { decodeSampleColumns, isSampleColumns } from '@heliosiq/model/sample-columns.ts';
import { mayBeSignalOf, readDiscreteSignal } from '@heliosiq/model/signal-record.ts';
import type { LogRecord } from '@heliosiq/ports';

/** What a record means to correlation; `nothing` for signals that are no alerts. */
export type Observation =
  | { readonly kind: 'anomaly'; readonly anomaly: Anomaly }
  | { readonly kind: 'alert'; readonly alert: Alert }
  | { readonly kind: 'nothing' };

const nothing: Outcome<Observation> = { ok: true, value: { kind: 'nothing' } };

/** Reads a record of `anomalies` or `signals`. Only records that can be alerts are parsed: most signals are samples. */
export function readObservation(record: LogRecord): Outcome<Observation> {
  if (record.topic === 'anomalies') {
    const event = readAnomalyEvent(record);
    if (!event.ok) return event;
    if (event.value.anomaly.tenantId !== record.tenantId) return rejected('the anomaly belongs to another tenant');
    return accepted({ kind: 'anomaly', anomaly: event.value.anomaly });
  }
  if (isSampleColumns(record.value) || !mayBeSignalOf('alert', record.value)) return nothing;
  const signal = readDiscreteSignal(record.value);
  if (!signal.ok) return signal;
  return signal.value.kind === 'alert' ? accepted({ kind: 'alert', alert: signal.value }) : nothing;
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

function readAnomalyEvent({ value }: LogRecord): Outcome<AnomalyEvent> {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8'));
  } catch {
    return rejected('the record is not JSON');
  }
  const parsed = AnomalyEvent.safeParse(json);
  return parsed.success ? accepted(parsed.data) : rejected(parsed.error.message);
}
