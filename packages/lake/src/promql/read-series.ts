import type { SeriesRef, TenantId } from '@heliosiq/model';
import type { SeriesFilter, SeriesPoints, SeriesStore, SeriesSummary, TimeRange } from '@heliosiq/ports';
import { compileMatchers, type LabelMatcher, type TextTest } from './label-matcher.ts';
import { compareLabelSets, keyOf, labelSetOf, metricLabel, withLabel, type LabelSet } from './label-set.ts';
import { throwIfAborted, type QueryBudget } from './query-budget.ts';
import { resultLabelsOf } from './result-labels.ts';
import { createSampleMemories, type SampleMemories } from './sample-memories.ts';
import type { SampleMemory } from './sample-memory.ts';

/** Series of one page of the catalogue, and of one read of samples. */
const pageSeriesMax = 5000;
const readSeriesMax = 500;
/** Samples of one read, by the store's counts; a single series may have more. Two reads are in memory at once. */
const readSamplesMax = 500_000;

/** A series that matches, under the labels that PromQL knows it by. */
export interface FoundSeries {
  readonly labels: LabelSet;
  readonly summary: SeriesSummary;
}

export interface SeriesReader {
  /** Series that match and may have samples in the range, page by page, in no order; without conditions all. */
  scan(matchers: readonly LabelMatcher[], range: TimeRange): AsyncIterable<readonly FoundSeries[]>;
  /** Series that match and may have samples in the range, in the order in which `read` gives them. */
  find(matchers: readonly LabelMatcher[], range: TimeRange): Promise<readonly FoundSeries[]>;
  /**
   * The samples of all series that match, staleness markers among them, ascending by labels, part by part. Those of a series are
   * valid until the next one is asked for: their memory is used again.
   */
  read(
    matchers: readonly LabelMatcher[],
    range: TimeRange,
  ): AsyncIterable<SeriesPoints & { readonly labels: LabelSet }>;
  /** The same in the order of the store, in which neighbours lie together: reading many is cheaper. */
  inStoredOrder(): SeriesReader;
}

export interface SeriesReaderDeps {
  readonly series: SeriesStore;
  readonly tenantId: TenantId;
  readonly budget: QueryBudget;
  readonly signal?: AbortSignal | undefined;
  /** Of large questions; without them each read has memory of its own. */
  readonly memories?: SampleMemories | undefined;
}

/** Memory for what is read at once. */
export function createReadMemories(): SampleMemories {
  return createSampleMemories(readSamplesMax);
}

/** Reads a tenant's series a few hundred at a time, so that memory stays bounded. */
export function createSeriesReader(deps: SeriesReaderDeps): SeriesReader {
  return createReader(deps, false);
}

function createReader(deps: SeriesReaderDeps, isStoredOrder: boolean): SeriesReader {
  const { series, tenantId, budget, signal } = deps;

  async function* scan(
    matchers: readonly LabelMatcher[],
    range: TimeRange,
  ): AsyncGenerator<readonly FoundSeries[], void, undefined> {
    const tests = compileMatchers(matchers);
    for await (const page of series.scan(tenantId, filterOf(matchers), range, { pageMax: pageSeriesMax })) {
      throwIfAborted(signal);
      yield page
        .filter((one) => isMatch(one.series, tests))
        .map((summary) => ({ labels: labelsOf(summary.series), summary }));
    }
  }

  async function find(matchers: readonly LabelMatcher[], range: TimeRange): Promise<readonly FoundSeries[]> {
    const found: FoundSeries[] = [];
    for await (const page of scan(matchers, range)) {
      budget.countSeries(page.length);
      for (const one of page) found.push(one);
      await budget.breathe();
    }
    const sorted = toldApart(found.toSorted((a, b) => compareLabelSets(a.labels, b.labels)));
    if (!isStoredOrder) return sorted;
    const places = new Map(found.map(({ summary }, place) => [summary, place]));
    return sorted.toSorted((a, b) => (places.get(a.summary) ?? 0) - (places.get(b.summary) ?? 0));
  }

  async function readPart(
    part: readonly FoundSeries[] | undefined,
    range: TimeRange,
    { abandoned, memory }: { readonly abandoned: AbortSignal; readonly memory: SampleMemory | undefined },
  ): Promise<readonly SeriesPoints[]> {
    if (part === undefined) return [];
    const known = part.map((one) => one.summary.series);
    const ids = known.map(({ id }) => id);
    memory?.startAgain();
    const options = {
      seriesMax: ids.length,
      known,
      ...(memory !== undefined && { memory: memory.lend }),
      signal: signal === undefined ? abandoned : AbortSignal.any([signal, abandoned]),
    };
    return series.range(tenantId, { ids }, range, options).catch((error: unknown) => {
      // The store ends in the words of the signal; a passed time limit is told as such.
      throwIfAborted(signal);
      throw error;
    });
  }

  return {
    scan,
    find,
    inStoredOrder: () => createReader(deps, true),
    async *read(matchers, range) {
      const abandoned = new AbortController();
      const parts = [...readsOf(await find(matchers, range), range)];
      // Two reads are under way at once; a third takes the memory of the first.
      const lent = parts.length > 1 ? deps.memories?.take() : undefined;
      const memories = lent?.memories ?? [];
      let ahead: Promise<readonly SeriesPoints[]> | undefined;
      try {
        const read = (place: number): Promise<readonly SeriesPoints[]> =>
          readPart(parts[place], range, { abandoned: abandoned.signal, memory: memories[place % 2] });
        ahead = read(0);
        for (const [index, part] of parts.entries()) {
          throwIfAborted(signal);
          const points = await ahead;
          // The store looks for the next ones while these are worked on.
          ahead = read(index + 1);
          // Who asks no further never waits for it.
          ahead.catch(() => undefined);
          const byId = new Map(points.map((one) => [one.series.id, one]));
          const memory = memories[index % 2];
          memory?.keep();
          for (const { labels, summary } of part) {
            memory?.takeBack();
            const one = byId.get(summary.series.id);
            if (one === undefined || one.times.length === 0) continue;
            budget.countSamples(one.times.length);
            yield { series: one.series, times: one.times, values: one.values, labels };
          }
        }
      } finally {
        abandoned.abort();
        if (lent !== undefined) void ahead?.catch(() => undefined).then(lent.giveBack);
      }
    },
  };
}

function labelsOf(series: SeriesRef): LabelSet {
  return withLabel(labelSetOf(resultLabelsOf(series)), metricLabel, series.metric);
}

/** Series of several assets under the same labels are told apart by their assets; equal ones stand side by side. */
function toldApart(found: readonly FoundSeries[]): readonly FoundSeries[] {
  const isLikeNeighbour = (one: FoundSeries, neighbour: FoundSeries | undefined): boolean =>
    neighbour !== undefined && compareLabelSets(one.labels, neighbour.labels) === 0;
  const alike = found.filter(
    (one, index) => isLikeNeighbour(one, found[index - 1]) || isLikeNeighbour(one, found[index + 1]),
  );
  if (alike.length === 0) return found;
  const keys = new Set(alike.map(({ labels }) => keyOf(labels)));
  return found
    .map((one) =>
      keys.has(keyOf(one.labels)) ? { ...one, labels: withLabel(one.labels, 'asset', one.summary.series.asset) } : one,
    )
    .toSorted((a, b) => compareLabelSets(a.labels, b.labels));
}

/** What the store can decide by itself; `compileMatchers` decides all of it again. */
function filterOf(matchers: readonly LabelMatcher[]): SeriesFilter {
  const equal = matchers.filter(({ operator, value }) => operator === '=' && value !== '');
  const metric = equal.find(({ name }) => name === metricLabel)?.value;
  // An asset may be no label of its series.
  const labels = equal.filter(({ name }) => name !== metricLabel && name !== 'asset');
  return {
    ...(metric !== undefined && { metric }),
    ...(labels.length > 0 && { labels: Object.fromEntries(labels.map(({ name, value }) => [name, value])) }),
  };
}

function isMatch(series: SeriesRef, tests: readonly { readonly name: string; readonly test: TextTest }[]): boolean {
  return tests.every(({ name, test }) => test(textUnder(name, series)));
}

function textUnder(name: string, { metric, asset, labels }: SeriesRef): string {
  if (name === metricLabel) return metric;
  const text = Object.hasOwn(labels, name) ? labels[name] : undefined;
  return text ?? (name === 'asset' ? asset : '');
}

/** Parts whose samples fit into memory together, as far as counts and spans tell. */
function* readsOf(found: readonly FoundSeries[], range: TimeRange): Generator<readonly FoundSeries[]> {
  let part: FoundSeries[] = [];
  let samples = 0;
  for (const one of found) {
    const expected = expectedSamples(one.summary, range);
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
