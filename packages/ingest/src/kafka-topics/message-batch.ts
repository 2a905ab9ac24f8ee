import type { DiscreteSignal, TenantId } from '@heliosiq/model';
import { contentId } from '@heliosiq/model/content-id.ts';
import { rejectedHeaders } from '@heliosiq/ports';
import type { NewRecord, SourceMessage } from '@heliosiq/ports';
import type { SeriesBook, SeriesEntry } from '../intake/series-book.ts';
import { addSample, createTelemetryBatch } from '../intake/telemetry-batch.ts';
import type { TelemetryBatch } from '../intake/telemetry-batch.ts';
import { checkSignal } from '../signal-check.ts';
import type { CheckedSignal } from '../signal-check.ts';
import type { TimeWindow } from '../signal-time.ts';
import type { MessageReader } from './message-records.ts';

/** Longest reason that is kept, in characters. */
const reasonCharsMax = 2000;

/** The signals of some messages, and what could not be made signals of. */
export interface MessageBatch {
  readonly telemetry: TelemetryBatch;
  /** For the rejected topic. */
  readonly rejected: readonly NewRecord[];
  /** After the store: the messages whose samples a limit of the tenant refused, for the rejected topic as well. */
  refused(reason: string): readonly NewRecord[];
}

export function createMessageBatch(
  messages: readonly SourceMessage[],
  options: {
    readonly tenantId: TenantId;
    readonly read: MessageReader;
    readonly window: TimeWindow;
    readonly series: SeriesBook;
  },
): MessageBatch {
  const { tenantId, read, window, series } = options;
  let bytes = 0;
  for (const message of messages) bytes += message.value.byteLength;
  const telemetry = createTelemetryBatch(tenantId, bytes);
  /** The message of each sample. */
  const origins: SourceMessage[] = [];
  const rejected: NewRecord[] = [];

  function take(message: SourceMessage, index: number, { signal, isIdDerived }: CheckedSignal): void {
    if (signal.kind !== 'sample') {
      telemetry.signals.push(isIdDerived ? placed(message, index, signal) : signal);
      return;
    }
    addSample(telemetry, series.entryOf(tenantId, signal), signal.at, signal.value);
    origins.push(message);
  }

  for (const message of messages) {
    const records = read(message);
    if (!records.ok) {
      rejected.push(rejectedMessage(message, { reason: records.reason.reason }));
      continue;
    }
    for (const [index, record] of records.value.entries()) {
      const checked = record.ok ? checkSignal(record.value, window) : record;
      if (checked.ok) {
        take(message, index, checked.value);
        continue;
      }
      const { reason } = checked.reason;
      // Of several, the bad one alone is kept aside.
      const part = record.ok && records.value.length > 1 ? { index, value: record.value } : undefined;
      rejected.push(rejectedMessage(message, { reason, ...(part === undefined ? {} : { part }) }));
    }
  }

  return {
    telemetry,
    rejected,
    refused(reason) {
      const messagesOf = new Set<SourceMessage>();
      for (const [row, entry] of telemetry.entries.entries()) {
        const origin = origins[row];
        if (origin !== undefined && isRefused(entry)) messagesOf.add(origin);
      }
      return [...messagesOf].map((message) => rejectedMessage(message, { reason }));
    },
  };
}

/** The sender gave no id: where it stands tells the signal from an equal one, and a redelivery has the same place. */
function placed(message: SourceMessage, index: number, signal: DiscreteSignal): DiscreteSignal {
  const { topic, partition, offset } = message;
  return { ...signal, id: contentId('kafka', topic, String(partition), String(offset), String(index)) };
}

function isRefused(entry: SeriesEntry): boolean {
  const outputs = entry.shape?.outputs.map((output) => output.entry) ?? [entry];
  return outputs.some(({ ref, refusedUntil }) => ref === 0 && refusedUntil > 0);
}

/** A message, or one record of it, as it stands in the rejected topic: unchanged, with the reason and its place. */
function rejectedMessage(
  message: SourceMessage,
  fault: { readonly reason: string; readonly part?: { readonly index: number; readonly value: unknown } },
): NewRecord {
  const { topic, partition, offset, key, value } = message;
  const { reason, part } = fault;
  const place = `kafka/${topic}/${partition}/${offset}`;
  return {
    key: key === undefined ? `${topic}/${partition}` : Buffer.from(key).toString(),
    id: part === undefined ? place : `${place}/${part.index}`,
    value: part === undefined ? value : Buffer.from(JSON.stringify(part.value)),
    headers: {
      [rejectedHeaders.reason]: reason.slice(0, reasonCharsMax),
      [rejectedHeaders.topic]: topic,
      [rejectedHeaders.partition]: String(partition),
      [rejectedHeaders.offset]: String(offset),
    },
  };
}
