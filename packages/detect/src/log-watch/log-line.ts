import { DiscreteSignal, type Log } from '@heliosiq/model';
import { isSampleColumns } from '@heliosiq/model/sample-columns.ts';
import { mayBeSignalOf } from '@heliosiq/model/signal-record.ts';
import type { LogRecord } from '@heliosiq/ports';

/** A log with its place in the event log. */
export interface LogLine {
  readonly log: Log;
  readonly offset: number;
  readonly appendedAt: number;
}

/** The logs among records, in their order; what cannot be read is another stage's to reject. */
export function* logLinesOf(
  records: readonly Pick<LogRecord, 'value' | 'offset' | 'appendedAt'>[],
): Generator<LogLine> {
  for (const { value, offset, appendedAt } of records) {
    if (isSampleColumns(value) || !mayBeSignalOf('log', value)) continue;
    const log = logOf(value);
    if (log !== undefined) yield { log, offset, appendedAt };
  }
}

function logOf(value: Uint8Array): Log | undefined {
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.length).toString());
  } catch {
    return undefined;
  }
  const parsed = DiscreteSignal.safeParse(read);
  return parsed.success && parsed.data.kind === 'log' ? parsed.data : undefined;
}
