import type { Labels, MatrixSeries, RangeQuestion } from './prometheus-api.ts';

/** What one query answered, now and where it is compared with earlier. */
export interface AnsweredQuery {
  /** Its place among the queries. */
  readonly place: number;
  readonly query: string;
  readonly series: readonly MatrixSeries[];
  /** The same, its times as they are now. */
  readonly earlier: readonly MatrixSeries[];
}

/** Figures of the finite values of a line; undefined without any. */
export interface LineFigures {
  readonly last: number;
  readonly min: number;
  readonly max: number;
  readonly avg: number;
  readonly count: number;
}

/** A line of the chart. */
export interface ChartLine {
  /** The same for the same series of the same query, also after the next renewal. */
  readonly key: string;
  /** All it is known by. */
  readonly fullName: string;
  /** What tells it apart from the others. */
  readonly name: string;
  readonly labels: Labels;
  readonly isEarlier: boolean;
  /** Place in the palette; a line and its earlier twin have the same. */
  readonly color: number;
  readonly values: readonly (number | null)[];
  readonly figures: LineFigures | undefined;
}

export interface ChartLines {
  /** Seconds since the epoch, one for each step. */
  readonly times: readonly number[];
  readonly lines: readonly ChartLine[];
  /** Series beyond the limit, which have no line. */
  readonly leftOut: number;
}

const linesMax = 100;

/** The answers as lines over the steps of a question; values that are no finite numbers are gaps. */
export function chartLines(
  answered: readonly AnsweredQuery[],
  { startS, endS, stepS }: Omit<RangeQuestion, 'query'>,
): ChartLines {
  const steps = Math.floor((endS - startS) / stepS + 1e-9) + 1;
  const times = Array.from({ length: steps }, (_, index) => startS + index * stepS);
  const all = answered.flatMap(({ place, query, series, earlier }) =>
    series.map((one) => ({ place, query, one, twin: earlier.find((other) => sameLabels(one.metric, other.metric)) })),
  );
  const shown = all.slice(0, linesMax);
  const nameOf = shortNames(shown.map(({ one }) => one.metric));
  const lines = shown.flatMap(({ place, query, one, twin }, color) => {
    const fullName = seriesText(one.metric) || query;
    const key = `${place} ${seriesText(one.metric)}`;
    const line = (series: MatrixSeries, isEarlier: boolean): ChartLine => {
      const values = onSteps(series, { startS, stepS, steps });
      return {
        key: isEarlier ? `${key} earlier` : key,
        fullName: isEarlier ? `${fullName} (earlier)` : fullName,
        name: `${nameOf(one.metric) || query}${isEarlier ? ' (earlier)' : ''}`,
        labels: one.metric,
        isEarlier,
        color,
        values,
        figures: figuresOf(values),
      };
    };
    return twin === undefined ? [line(one, false)] : [line(one, false), line(twin, true)];
  });
  return { times, lines, leftOut: all.length - shown.length };
}

/** The labels as PromQL writes a selector. */
export function seriesText(labels: Labels): string {
  const { __name__: metric = '', ...rest } = labels;
  const pairs = Object.entries(rest).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? metric : `${metric}{${pairs.join(', ')}}`;
}

/** Names by what differs between the series; a single one by all of it. */
function shortNames(all: readonly Labels[]): (labels: Labels) => string {
  const [first] = all;
  if (first === undefined || all.length === 1) return seriesText;
  const names = new Set(all.flatMap((labels) => Object.keys(labels)));
  const differing = new Set([...names].filter((name) => all.some((labels) => labels[name] !== first[name])));
  return (labels) => seriesText(Object.fromEntries(Object.entries(labels).filter(([name]) => differing.has(name))));
}

function onSteps(
  { times, values }: MatrixSeries,
  { startS, stepS, steps }: { readonly startS: number; readonly stepS: number; readonly steps: number },
): (number | null)[] {
  const placed: (number | null)[] = Array.from({ length: steps }, () => null);
  for (const [index, at] of times.entries()) {
    const value = values[index] ?? Number.NaN;
    const step = Math.round((at - startS) / stepS);
    if (step >= 0 && step < steps && Number.isFinite(value)) placed[step] = value;
  }
  return placed;
}

function figuresOf(values: readonly (number | null)[]): LineFigures | undefined {
  let [last, min, max, sum, count] = [0, Infinity, -Infinity, 0, 0];
  for (const value of values) {
    if (value === null) continue;
    last = value;
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    count += 1;
  }
  return count === 0 ? undefined : { last, min, max, avg: sum / count, count };
}

function sameLabels(a: Labels, b: Labels): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
