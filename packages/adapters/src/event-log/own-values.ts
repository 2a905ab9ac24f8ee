import type { LogRecord } from '@heliosiq/ports';

/**
 * The records with values in memory of their own. Small buffers of Node are views into blocks of 64 KiB, and each of them keeps
 * its whole block: what is held for a while would hold many times its size.
 */
export function withOwnValues(records: readonly LogRecord[]): readonly LogRecord[] {
  let bytes = 0;
  for (const { value } of records) if (isPiece(value)) bytes += value.byteLength;
  if (bytes === 0) return records;
  const own = Buffer.allocUnsafeSlow(bytes);
  let at = 0;
  return records.map((record) => {
    if (!isPiece(record.value)) return record;
    const value = own.subarray(at, at + record.value.byteLength);
    value.set(record.value);
    at += value.byteLength;
    return { ...record, value };
  });
}

/** Whether the value is the smaller part of what it keeps. */
function isPiece({ byteLength, buffer }: Uint8Array): boolean {
  return buffer.byteLength > 2 * byteLength;
}
