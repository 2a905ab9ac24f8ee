import { HeliosError, topicShape, type LogTopicName, type TenantId } from '@heliosiq/model';
import type { LogRecord, LogSlice } from '@heliosiq/ports';
import { checkPageSize } from '../event-log/limits.ts';
import type { Fetcher } from './fetcher.ts';
import { decodeRecord, placedRecords } from './record-format.ts';

/** Bytes of one fetch, as they lie compressed. */
const fetchBytesMax = 2_000_000;

/**
 * Reads a tenant's records of one partition. Kafka knows no tenants: the records of others in between are read and passed
 * over, up to the end of the partition as it was at the beginning.
 */
export async function inspect(
  fetcher: Fetcher,
  topicPrefix: string,
  wanted: {
    readonly tenantId: TenantId;
    readonly topic: LogTopicName;
    readonly partition: number;
    readonly fromOffset: number;
    readonly recordsMax: number;
  },
): Promise<LogSlice> {
  const { tenantId, topic, partition, recordsMax } = wanted;
  checkPageSize(recordsMax);
  if (!Number.isInteger(partition) || partition < 0 || partition >= topicShape(topic).partitions) {
    throw new HeliosError('invalid-request', `The topic ${topic} has no partition ${partition}`);
  }
  const name = `${topicPrefix}${topic}`;
  const end = (await fetcher.offsets(name, 'end'))[partition] ?? 0;
  const records: LogRecord[] = [];
  let fromOffset = wanted.fromOffset;
  while (fromOffset < end) {
    const [run] = await fetcher.fetch([{ topic: name, partition, fromOffset }], { partitionBytesMax: fetchBytesMax });
    if (run === undefined) continue;
    for (const placed of placedRecords(run.batches, fromOffset)) {
      if (placed.offset >= end) break;
      const record = decodeRecord({ topic, partition }, placed);
      if (record?.tenantId !== tenantId) continue;
      if (records.length === recordsMax) return { records, nextOffset: record.offset };
      records.push(record);
    }
    fromOffset = run.nextOffset;
  }
  return { records, nextOffset: Math.max(end, wanted.fromOffset) };
}
