import { HeliosError } from '@heliosiq/model';
import type { NewRecord } from '@heliosiq/ports';

/** Longest value of one record, in bytes. */
export const recordBytesMax = 16_000_000;

/** Age of a consumer group without members and commits after which it is forgotten. */
export const groupExpiryMs = 7 * 86_400_000;

/** How long a member may be silent before others take its partitions; it says that it lives three times as often. */
export const memberSilenceMaxMs = 10_000;

/** Refuses records that no consumer could be given. */
export function checkRecords(records: readonly NewRecord[]): void {
  for (const [index, record] of records.entries()) {
    if (record.value.byteLength <= recordBytesMax) continue;
    throw new HeliosError(
      'too-large',
      `Record ${index} has ${record.value.byteLength} bytes; the log takes ${recordBytesMax}`,
    );
  }
}

/** Refuses a page size outside of what the port allows. */
export function checkPageSize(recordsMax: number): void {
  if (Number.isInteger(recordsMax) && recordsMax >= 1 && recordsMax <= 10_000) return;
  throw new HeliosError('invalid-request', 'Read 1 to 10,000 records at a time');
}
