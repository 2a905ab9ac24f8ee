import { HeliosError } from '@heliosiq/model';
import type { TenantId } from '@heliosiq/model';
import { canonicalLabels } from '@heliosiq/model/content-id.ts';
import type { TimeRange } from '@heliosiq/ports';
import { runOfBlocks } from '../sample-run.ts';
import type { SampleRun } from '../sample-run.ts';
import type { AnsweredSeries, QueryApi } from './query-api.ts';
import { coveringSelectors } from './selector.ts';
import type { Selector } from './selector.ts';
import type { FoundSeries } from './series-finder.ts';

/** Requests of one question that are under way at once. */
const requestsAtOnce = 4;

/** The samples of each of the series in their order, each timestamp once. */
export async function readSamples(
  api: QueryApi,
  { tenantId, series, range }: { tenantId: TenantId; series: readonly FoundSeries[]; range: TimeRange },
  signal?: AbortSignal,
): Promise<readonly SampleRun[]> {
  const pieces = new Map<string, AnsweredSeries[]>();
  const places = series.map(({ labelSets }) =>
    labelSets.map((labels) => {
      const list: AnsweredSeries[] = [];
      const key = canonicalLabels(labels);
      pieces.set(key, pieces.get(key) ?? list);
      return pieces.get(key) ?? list;
    }),
  );
  const selectors = coveringSelectors(series.flatMap(({ labelSets }) => labelSets));
  await eachOf(selectors, requestsAtOnce, async (selector) => {
    for await (const piece of readPieces(api, { tenantId, selector, range }, signal)) {
      pieces.get(canonicalLabels(piece.labels))?.push(piece);
    }
  });
  return places.map((lists, index) =>
    runOfBlocks(lists.flat().map(({ times, values }) => ({ series: seriesAt(series, index), times, values }))),
  );
}

/** Asks for all at once, and for halves of the range where that is too much for an answer. */
async function* readPieces(
  api: QueryApi,
  { tenantId, selector, range }: { tenantId: TenantId; selector: Selector; range: TimeRange },
  signal: AbortSignal | undefined,
): AsyncGenerator<AnsweredSeries, void, undefined> {
  let found: readonly AnsweredSeries[];
  try {
    found = await api.raw(tenantId, selector, range, signal);
  } catch (error) {
    const middle = Math.floor((Math.max(0, range.from) + Math.min(Date.UTC(2250), range.to)) / 2);
    const isDivisible = error instanceof HeliosError && error.code === 'too-large' && range.to - range.from >= 2;
    if (!isDivisible || middle <= range.from || middle >= range.to) throw error;
    yield* readPieces(api, { tenantId, selector, range: { from: range.from, to: middle } }, signal);
    yield* readPieces(api, { tenantId, selector, range: { from: middle, to: range.to } }, signal);
    return;
  }
  yield* found;
}

/** Does the work for each item, so many at a time; the first failure ends all. */
export async function eachOf<Item>(
  items: Iterable<Item>,
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  async function takeTurns(): Promise<void> {
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) await work(next.value);
  }
  await Promise.all(Array.from({ length: atOnce }, takeTurns));
}

function seriesAt(series: readonly FoundSeries[], index: number): FoundSeries['series'] {
  const found = series[index];
  if (found === undefined) throw new RangeError(`there is no series ${index}`);
  return found.series;
}
