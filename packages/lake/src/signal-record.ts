import { accepted, DiscreteSignal, rejected, SeriesRef, type Outcome, type SignalRecord } from '@heliosiq/model';

/** Times stay within this of 1970 (year 37,648), so that whole milliseconds and their differences are exact. */
const timeMax = 2 ** 50;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads the value of a record of the topic `signals`.
 *
 * The record was validated where it came in; this looks for what no store could keep: broken JSON, another shape, lists of
 * unequal length, times and values that are no numbers, names with NUL or half surrogates. The reason names the field.
 */
export function decodeSignalRecord(bytes: Uint8Array): Outcome<SignalRecord> {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch (error) {
    return rejected(`the record is not JSON in UTF-8: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof value !== 'object' || value === null || !('kind' in value))
    return rejected('the record has no field kind');
  return value.kind === 'samples' ? decodeBlock(value) : decodeSignal(value);
}

function decodeSignal(value: object): Outcome<SignalRecord> {
  const parsed = DiscreteSignal.safeParse(value);
  if (!parsed.success) return rejected(firstProblem(parsed.error));
  const signal = parsed.data;
  const problem = nameProblem({ id: signal.id, asset: signal.asset });
  return problem === undefined ? accepted(signal) : rejected(problem);
}

function decodeBlock(value: object): Outcome<SignalRecord> {
  if (!('series' in value) || !('times' in value) || !('values' in value)) {
    return rejected('a block of samples needs series, times and values');
  }
  const parsed = SeriesRef.safeParse(value.series);
  if (!parsed.success) return rejected(`series.${firstProblem(parsed.error)}`);
  const { times, values } = value;
  const series = parsed.data;
  const problem =
    listsProblem(times, values) ?? nameProblem({ asset: series.asset, metric: series.metric, unit: series.unit ?? '' });
  if (problem !== undefined) return rejected(problem);
  const labelProblem = Object.entries(series.labels).map(([name, text]) =>
    nameProblem({ 'a label name': name, [`label ${name}`]: text }),
  );
  const firstLabelProblem = labelProblem.find((found) => found !== undefined);
  if (firstLabelProblem !== undefined) return rejected(firstLabelProblem);
  // The casts hold: listsProblem looked at every element.
  return accepted({ kind: 'samples', series, times: times as number[], values: values as number[] });
}

function listsProblem(times: unknown, values: unknown): string | undefined {
  if (!Array.isArray(times) || !Array.isArray(values)) return 'times and values must be lists';
  if (times.length !== values.length) return `times has ${times.length} entries and values ${values.length}`;
  for (let index = 0; index < times.length; index += 1) {
    const at: unknown = times[index];
    if (!Number.isSafeInteger(at) || Math.abs(Number(at)) > timeMax)
      return `times[${index}] is not a time in whole milliseconds`;
    if (!Number.isFinite(values[index])) return `values[${index}] is not a finite number`;
  }
  return undefined;
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
