import type { Log } from '@heliosiq/model';
import { isSampleColumns } from '@heliosiq/model/sample-columns.ts';
import { mayBeSignalOf, readDiscreteSignal } from '@heliosiq/model/signal-record.ts';
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
    const signal = readDiscreteSignal(value);
    if (signal.ok && signal.value.kind === 'log') yield { log: signal.value, offset, appendedAt };
  }
}
