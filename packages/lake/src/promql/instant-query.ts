import { HeliosError, type SeriesRef, type TenantId } from '@heliosiq/model';
import { canonicalLabels } from '@heliosiq/model/content-id.ts';
import type {
  InstantQuery,
  InstantQuestion,
  InstantResult,
  ResultLabels,
  ResultPoint,
  SeriesFilter,
  SeriesPoints,
  SeriesStore,
  SeriesSummary,
  TimeRange,
} from '@heliosiq/ports';
import { parseExpression, type Expression } from './expression.ts';
import { compileMatchers, type LabelMatcher, type TextTest } from './label-matcher.ts';
import { overTime } from './over-time.ts';
import { resultLabelsOf } from './result-labels.ts';

/** How far an instant selector looks back, as in Prometheus. */
const lookbackMs = 300_000;
/** Series of one page of the catalogue, and of one read of samples. */
const pageSeriesMax = 5000;
const readSeriesMax = 500;
/** Samples that are in memory at once, by the store's counts; a single series may have more. */
const readSamplesMax = 1_000_000;
/** Bounds of one question. */
const seriesMax = 200_000;
const samplesMax = 50_000_000;
const pointsMax = 1_000_000;

type Vector = { metric: ResultLabels; value: ResultPoint }[];
type Matrix = { metric: ResultLabels; values: readonly ResultPoint[] }[];

/** Answers a part of PromQL from raw samples, a few hundred series at a time, so that memory stays bounded. */
export function createInstantQuery({ series }: { readonly series: SeriesStore }): InstantQuery {
  /** Reads the samples of all series that match, part by part. */
  async function* read(
    tenantId: TenantId,
    { selector, range }: { readonly selector: Expression['selector']; readonly range: TimeRange },
    signal: AbortSignal | undefined,
  ): AsyncGenerator<SeriesPoints, void, undefined> {
    const tests = compileMatchers(selector.matchers);
    let seriesCount = 0;
    let sampleCount = 0;
    for await (const page of series.scan(tenantId, filterOf(selector.matchers), range, { pageMax: pageSeriesMax })) {
      for (const some of readsOf(
        page.filter((one) => isMatch(one.series, tests)),
        range,
      )) {
        signal?.throwIfAborted();
        seriesCount += some.length;
        if (seriesCount > seriesMax) throw tooMuch(`More than ${seriesMax} series match`);
        const ids = some.map((one) => one.series.id);
        const found = await series.range(tenantId, { ids }, range, {
          seriesMax: ids.length,
          ...(signal !== undefined && { signal }),
        });
        for (const points of found) {
          sampleCount += points.times.length;
          if (sampleCount > samplesMax) throw tooMuch(`The answer needs more than ${samplesMax} samples`);
          yield points;
        }
      }
    }
  }

  return {
    async query(tenantId, { query, time, signal }: InstantQuestion): Promise<InstantResult> {
      if (!(Math.abs(time) <= 8.64e15)) throw badTime();
      const expression = parseExpression(query);
      const range = rangeOf(expression, time);
      const readings = read(tenantId, { selector: expression.selector, range }, signal);
      return expression.kind === 'range' ? matrixOf(readings) : vectorOf(readings, { expression, time });
    },
  };
}

/** From behind the start up to and including the end, as Prometheus has it since 3.0. */
function rangeOf(expression: Expression, time: number): TimeRange {
  const until = Math.floor(time) - expression.selector.offsetMs;
  const lengthMs = expression.kind === 'instant' ? lookbackMs : expression.rangeMs;
  return { from: until - lengthMs + 1, to: until + 1 };
}

async function vectorOf(
  readings: AsyncIterable<SeriesPoints>,
  { expression, time }: { readonly expression: Exclude<Expression, { readonly kind: 'range' }>; readonly time: number },
): Promise<InstantResult> {
  const atS = time / 1000;
  const result: Vector = [];
  const labelSets = createLabelSets();
  for await (const points of readings) {
    const { values } = points;
    const last = values.at(-1);
    if (last === undefined) continue;
    if (expression.kind === 'instant') {
      result.push({ metric: namedLabelsOf(points.series), value: [atS, textOf(last)] });
      continue;
    }
    const metric = expression.name === 'last_over_time' ? namedLabelsOf(points.series) : resultLabelsOf(points.series);
    labelSets.add(metric, points.series);
    result.push({ metric, value: [atS, textOf(overTime(expression.name, values))] });
  }
  return { resultType: 'vector', result };
}

async function matrixOf(readings: AsyncIterable<SeriesPoints>): Promise<InstantResult> {
  const result: Matrix = [];
  let points = 0;
  for await (const found of readings) {
    const { times, values } = found;
    if (times.length === 0) continue;
    points += times.length;
    if (points > pointsMax) throw tooMuch(`The answer has more than ${pointsMax} samples`);
    result.push({
      metric: namedLabelsOf(found.series),
      values: Array.from(times, (at, index): ResultPoint => [at / 1000, textOf(values[index] ?? Number.NaN)]),
    });
  }
  return { resultType: 'matrix', result };
}

/** Refuses two results of the same labels, which can only come from metrics of different names. */
function createLabelSets(): { add(labels: ResultLabels, series: SeriesRef): void } {
  let metric: string | undefined;
  let seen: Set<string> | undefined;
  const earlier: ResultLabels[] = [];
  return {
    add(labels, series) {
      metric ??= series.metric;
      if (seen === undefined && series.metric === metric) {
        earlier.push(labels);
        return;
      }
      seen ??= new Set(earlier.splice(0).map((one) => canonicalLabels(one)));
      const key = canonicalLabels(labels);
      if (seen.has(key)) {
        throw new HeliosError(
          'invalid-request',
          'Two results have the same labels, because a function drops the name',
          {
            field: 'query',
            cure: 'Ask for one metric at a time.',
          },
        );
      }
      seen.add(key);
    },
  };
}

function namedLabelsOf(series: SeriesRef): ResultLabels {
  return { __name__: series.metric, ...resultLabelsOf(series) };
}

/** What the store can decide by itself; `compileMatchers` decides all of it again. */
function filterOf(matchers: readonly LabelMatcher[]): SeriesFilter {
  const equal = matchers.filter(({ operator, value }) => operator === '=' && value !== '');
  const metric = equal.find(({ name }) => name === '__name__')?.value;
  // An asset may be no label of its series.
  const labels = equal.filter(({ name }) => name !== '__name__' && name !== 'asset');
  return {
    ...(metric !== undefined && { metric }),
    ...(labels.length > 0 && { labels: Object.fromEntries(labels.map(({ name, value }) => [name, value])) }),
  };
}

function isMatch(series: SeriesRef, tests: readonly { readonly name: string; readonly test: TextTest }[]): boolean {
  return tests.every(({ name, test }) => test(textUnder(name, series)));
}

function textUnder(name: string, { metric, asset, labels }: SeriesRef): string {
  if (name === '__name__') return metric;
  const text = Object.hasOwn(labels, name) ? labels[name] : undefined;
  return text ?? (name === 'asset' ? asset : '');
}

/** Parts of a page whose samples fit into memory together, as far as counts and spans tell. */
function* readsOf(page: readonly SeriesSummary[], range: TimeRange): Generator<readonly SeriesSummary[]> {
  let part: SeriesSummary[] = [];
  let samples = 0;
  for (const one of page) {
    const expected = expectedSamples(one, range);
    if (part.length > 0 && (part.length >= readSeriesMax || samples + expected > readSamplesMax)) {
      yield part;
      part = [];
      samples = 0;
    }
    part.push(one);
    samples += expected;
  }
  if (part.length > 0) yield part;
}

function expectedSamples({ firstAt, lastAt, samples }: SeriesSummary, { from, to }: TimeRange): number {
  const overlapMs = Math.max(0, Math.min(lastAt, to) - Math.max(firstAt, from));
  return lastAt > firstAt ? Math.ceil((samples * overlapMs) / (lastAt - firstAt)) : samples;
}

/** A value as the HTTP API of Prometheus writes it. */
function textOf(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

function tooMuch(message: string): HeliosError {
  return new HeliosError('invalid-request', message, {
    field: 'query',
    cure: 'Name a metric or labels, so that fewer series match, or ask for a shorter range.',
  });
}

function badTime(): HeliosError {
  return new HeliosError('invalid-request', 'The time is none', {
    field: 'time',
    cure: 'Give seconds since 1970-01-01T00:00:00Z, or a time such as 2026-01-31T12:00:00Z.',
  });
}
