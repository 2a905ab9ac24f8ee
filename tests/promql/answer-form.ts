import type { ApiAnswer } from './loaded-store.ts';

/** Results of a question, small enough to be kept beside it. */
export type KeptAnswer =
  | { readonly error: string }
  | {
      readonly type: string;
      /** Values by labels, at the steps; `_` where there is none. For a vector at one moment there is one. */
      readonly series: Readonly<Record<string, string>>;
      /** What is told beside the results, without the details behind a colon. */
      readonly notes?: readonly string[];
    };

interface Steps {
  readonly startS: number;
  readonly stepS: number;
  readonly count: number;
}

interface QueryBody {
  readonly status: string;
  readonly errorType?: string;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
  readonly data?: { readonly resultType: string; readonly result: unknown };
}

interface ResultEntry {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

/** What matters of an answer of `query` or `query_range`: the order of a vector's results only where it is asked for. */
export function keptAnswer(
  { body }: ApiAnswer,
  { steps, isOrdered = false }: { readonly steps?: Steps; readonly isOrdered?: boolean },
): KeptAnswer {
  const { status, errorType, data, warnings = [], infos = [] } = body as QueryBody; // as the API of Prometheus has it
  if (status !== 'success' || data === undefined) return { error: errorType ?? 'none' };
  const notes = [...warnings, ...infos]
    .map((note) =>
      note
        .split(/[:,(] ?/)
        .slice(0, 2)
        .join(': ')
        .trim(),
    )
    .toSorted();
  const kept = { type: data.resultType, ...(notes.length > 0 && { notes: [...new Set(notes)] }) };
  if (data.resultType === 'scalar' || data.resultType === 'string') {
    const [, value] = data.result as readonly [number, string]; // as these types have it
    return { ...kept, series: { '': value } };
  }
  const entries = data.result as readonly ResultEntry[]; // as vectors and matrices have it
  const rows = entries.map(({ metric, value, values = [] }): [string, string] => [
    labelsText(metric),
    value === undefined ? pointsText(values, steps) : value[1],
  ]);
  if (!isOrdered) rows.sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...kept, series: Object.fromEntries(rows) };
}

function labelsText(metric: Readonly<Record<string, string>>): string {
  return Object.keys(metric)
    .toSorted()
    .map((name) => `${name}=${JSON.stringify(metric[name])}`)
    .join(',');
}

function pointsText(points: readonly (readonly [number, string])[], steps: Steps | undefined): string {
  if (steps === undefined) return points.map(([at, value]) => `${value}@${at}`).join(' ');
  const byStep = new Map(points.map(([at, value]) => [Math.round((at - steps.startS) / steps.stepS), value]));
  return Array.from({ length: steps.count }, (_, step) => byStep.get(step) ?? '_').join(' ');
}

/** Where two answers differ by more than `tolerance` of the value; undefined where they do not. */
export function differenceOf(expected: KeptAnswer, actual: KeptAnswer, tolerance = 1e-9): string | undefined {
  if ('error' in expected || 'error' in actual) {
    const [wanted, got] = [JSON.stringify(expected), JSON.stringify(actual)];
    return wanted === got ? undefined : `${wanted} was expected, not ${got}`;
  }
  if (expected.type !== actual.type) return `${expected.type} was expected, not ${actual.type}`;
  const [wantedLabels, gotLabels] = [Object.keys(expected.series), Object.keys(actual.series)];
  if (wantedLabels.join('\n') !== gotLabels.join('\n')) {
    return `the series\n  ${wantedLabels.join('\n  ')}\nwere expected, not\n  ${gotLabels.join('\n  ')}`;
  }
  const [wantedNotes, gotNotes] = [expected.notes ?? [], actual.notes ?? []].map((notes) => notes.join('\n'));
  if (wantedNotes !== gotNotes) return `the notes "${wantedNotes}" were expected, not "${gotNotes}"`;
  for (const labels of wantedLabels) {
    const wanted = (expected.series[labels] ?? '').split(' ');
    const got = (actual.series[labels] ?? '').split(' ');
    const at = wanted.findIndex((value, index) => !isNear(value, got[index] ?? '', tolerance));
    if (at >= 0 || wanted.length !== got.length) {
      return `{${labels}} is\n  ${got.join(' ')}\ninstead of\n  ${wanted.join(' ')}`;
    }
  }
  return undefined;
}

function isNear(wanted: string, got: string, tolerance: number): boolean {
  if (wanted === got) return true;
  const [value, moment] = wanted.split('@');
  const [otherValue, otherMoment] = got.split('@');
  const [a, b] = [Number(value), Number(otherValue)];
  if (moment !== otherMoment || !Number.isFinite(a) || !Number.isFinite(b)) return false;
  return Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
}
