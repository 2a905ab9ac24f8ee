import type { KafkaRecord, MessageToProduce, RecordsBatch } from '@platformatic/kafka';
import { TenantId, type LogTopicName } from '@heliosiq/model';
import type { LogRecord, NewRecord } from '@heliosiq/ports';

/**
 * A record of the log as one of Kafka: key and value unchanged, tenant and id as the first two headers, the record's own
 * headers behind them. The time is the broker's (`message.timestamp.type=LogAppendTime`).
 */
const tenantHeader = Buffer.from('heliosiq-tenant');
const idHeader = Buffer.from('heliosiq-id');

/** Attribute bits of a record batch (Kafka protocol, message format version 2). */
const isControl = 0x20;
const isAppendTime = 0x08;

/** What a record takes besides key, value, tenant and id, at most. */
const overheadBytes = 80;

/** A message for Kafka, and how many bytes it takes at most. */
export function encodeRecord(
  tenantId: TenantId,
  place: { readonly topic: string; readonly partition: number },
  record: NewRecord,
): { readonly message: MessageToProduce; readonly bytes: number } {
  const key = Buffer.from(record.key);
  const id = Buffer.from(record.id);
  const { value } = record;
  const headers = new Map<Buffer, Buffer>([
    [tenantHeader, Buffer.from(tenantId)],
    [idHeader, id],
  ]);
  let bytes = key.length + value.byteLength + tenantId.length + id.length + overheadBytes;
  for (const [name, text] of Object.entries(record.headers ?? {})) {
    headers.set(Buffer.from(name), Buffer.from(text));
    bytes += 3 * (name.length + text.length) + 8;
  }
  const body = Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return { message: { ...place, key, value: body, headers }, bytes };
}

/** A record as Kafka keeps it, placed. */
export interface PlacedRecord {
  readonly record: KafkaRecord;
  readonly offset: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** The records of batches from an offset on; a batch begins where it was written, which may be earlier. */
export function* placedRecords(batches: readonly RecordsBatch[], fromOffset: number): Generator<PlacedRecord> {
  for (const batch of batches) {
    if ((batch.attributes & isControl) !== 0) continue;
    const baseOffset = Number(batch.firstOffset);
    const firstAt = Number(batch.firstTimestamp);
    const appendedAt = (batch.attributes & isAppendTime) === 0 ? undefined : Number(batch.maxTimestamp);
    for (const record of batch.records) {
      const offset = baseOffset + record.offsetDelta;
      if (offset >= fromOffset) yield { record, offset, at: appendedAt ?? firstAt + Number(record.timestampDelta) };
    }
  }
}

/** Where reading goes on behind batches. */
export function offsetBehind(batches: readonly RecordsBatch[], fromOffset: number): number {
  const last = batches.at(-1);
  if (last === undefined) return fromOffset;
  return Math.max(fromOffset, Number(last.firstOffset) + last.lastOffsetDelta + 1);
}

/** The log's record of one of Kafka; undefined for one that this log did not write. */
export function decodeRecord(
  place: { readonly topic: LogTopicName; readonly partition: number },
  { record, offset, at }: PlacedRecord,
): LogRecord | undefined {
  const [tenant, id, ...own] = record.headers;
  if (tenant?.[0]?.equals(tenantHeader) !== true || id?.[0]?.equals(idHeader) !== true) return undefined;
  const tenantId = TenantId.safeParse(tenant[1]?.toString());
  if (!tenantId.success) return undefined;
  const headers: Record<string, string> = {};
  for (const [name, text] of own) headers[name?.toString() ?? ''] = text?.toString() ?? '';
  return {
    topic: place.topic,
    partition: place.partition,
    tenantId: tenantId.data,
    key: record.key?.toString() ?? '',
    id: id[1]?.toString() ?? '',
    value: record.value ?? Buffer.alloc(0),
    offset,
    appendedAt: at,
    ...(own.length === 0 ? {} : { headers }),
  };
}
