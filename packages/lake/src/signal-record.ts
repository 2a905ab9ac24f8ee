import { accepted, type DiscreteSignal, rejected, type Outcome } from '@heliosiq/model';
import { decodeSampleColumns, isSampleColumns, type SampleColumns } from '@heliosiq/model/sample-columns.ts';
import { readDiscreteSignal } from '@heliosiq/model/signal-record.ts';

/** Times stay within this of 1970 (year 37,648), so that whole milliseconds and their differences are exact. */
const timeMax = 2 ** 50;

/** What a record of the topic `signals` holds: many samples, or one signal of another kind. */
export type SignalRecord =
  | { readonly kind: 'samples'; readonly columns: SampleColumns }
  | { readonly kind: 'signal'; readonly signal: DiscreteSignal };

/**
 * Reads the value of a record of the topic `signals`.
 *
 * The record was validated where it came in; this looks for what no store could keep: damaged columns, times beyond all
 * dates, broken JSON, another shape, names with NUL or half surrogates. The reason names the field.
 */
export function decodeSignalRecord(bytes: Uint8Array): Outcome<SignalRecord> {
  if (isSampleColumns(bytes)) {
    const columns = decodeSamples(bytes);
    return columns.ok ? accepted({ kind: 'samples', columns: columns.value }) : columns;
  }
  const signal = decodeSignal(bytes);
  return signal.ok ? accepted({ kind: 'signal', signal: signal.value }) : signal;
}

/** The same of a record that holds samples. */
export function decodeSamples(bytes: Uint8Array): Outcome<SampleColumns> {
  const decoded = decodeSampleColumns(bytes);
  if (!decoded.ok) return decoded;
  const { times } = decoded.value;
  for (let index = 0; index < times.length; index += 1) {
    if (!(Math.abs(times[index] ?? 0) <= timeMax)) return rejected(`times[${index}] is beyond all dates`);
  }
  return decoded;
}

/** The same of a record that holds a signal of another kind. */
export function decodeSignal(bytes: Uint8Array): Outcome<DiscreteSignal> {
  const signal = readDiscreteSignal(bytes);
  if (!signal.ok) return signal;
  const problem = nameProblem('id', signal.value.id) ?? nameProblem('asset', signal.value.asset);
  return problem === undefined ? signal : rejected(problem);
}

function nameProblem(field: string, text: string): string | undefined {
  if (text.includes('\0')) return `${field} contains a NUL character`;
  return text.isWellFormed() ? undefined : `${field} is not well-formed Unicode`;
}
