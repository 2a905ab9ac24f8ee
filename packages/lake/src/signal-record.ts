import { accepted, DiscreteSignal, rejected, type Outcome } from '@heliosiq/model';
import { decodeSampleColumns, isSampleColumns, type SampleColumns } from '@heliosiq/model/sample-columns.ts';

/** Times stay within this of 1970 (year 37,648), so that whole milliseconds and their differences are exact. */
const timeMax = 2 ** 50;

const utf8 = new TextDecoder('utf-8', { fatal: true });

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
  return isSampleColumns(bytes) ? decodeSamples(bytes) : decodeSignal(bytes);
}

function decodeSamples(bytes: Uint8Array): Outcome<SignalRecord> {
  const decoded = decodeSampleColumns(bytes);
  if (!decoded.ok) return decoded;
  const { times } = decoded.value;
  for (let index = 0; index < times.length; index += 1) {
    if (!(Math.abs(times[index] ?? 0) <= timeMax)) return rejected(`times[${index}] is beyond all dates`);
  }
  return accepted({ kind: 'samples', columns: decoded.value });
}

function decodeSignal(bytes: Uint8Array): Outcome<SignalRecord> {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch (error) {
    return rejected(`the record is not JSON in UTF-8: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof value !== 'object' || value === null || !('kind' in value))
    return rejected('the record has no field kind');
  const parsed = DiscreteSignal.safeParse(value);
  if (!parsed.success) return rejected(firstProblem(parsed.error));
  const signal = parsed.data;
  const problem = nameProblem({ id: signal.id, asset: signal.asset });
  return problem === undefined ? accepted({ kind: 'signal', signal }) : rejected(problem);
}

function nameProblem(names: Readonly<Record<string, string>>): string | undefined {
  for (const [field, text] of Object.entries(names)) {
    if (text.includes('\0')) return `${field} contains a NUL character`;
    if (!text.isWellFormed()) return `${field} is not well-formed Unicode`;
  }
  return undefined;
}

function firstProblem(error: {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}): string {
  const [issue] = error.issues;
  return issue === undefined ? 'the record has another shape' : `${issue.path.map(String).join('.')}: ${issue.message}`;
}
