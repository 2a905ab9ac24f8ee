import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SeriesId, TenantId } from '@heliosiq/model';
import type { SeriesPoints, SeriesStore, SeriesSummary, TimeRange } from '@heliosiq/ports';

/** Samples that are in memory at once, by the store's counts and as if they came evenly. */
const readSamplesMax = 200_000;
const readSeriesMax = 500;

/** A part of the samples of some series. */
export interface ReadPlan {
  readonly ids: readonly SeriesId[];
  readonly range: TimeRange;
}

/** How the samples of some series are read: small series together, a large one stretch by stretch. */
export function* readPlans(page: readonly SeriesSummary[], range: TimeRange): Generator<ReadPlan, void, undefined> {
  let ids: SeriesId[] = [];
  let samples = 0;
  for (const summary of page) {
    const expected = expectedSamples(summary, range);
    if (ids.length > 0 && (ids.length >= readSeriesMax || samples + expected > readSamplesMax)) {
      yield { ids, range };
      ids = [];
      samples = 0;
    }
    if (expected > readSamplesMax) yield* stretches(summary, range, Math.ceil(expected / readSamplesMax));
    else {
      ids.push(summary.series.id);
      samples += expected;
    }
  }
  if (ids.length > 0) yield { ids, range };
}

function* stretches(
  { series, firstAt, lastAt }: SeriesSummary,
  { from, to }: TimeRange,
  count: number,
): Generator<ReadPlan, void, undefined> {
  const [start, end] = [Math.max(from, firstAt), Math.min(to, lastAt + 1)];
  for (let index = 0; index < count; index += 1) {
    const at = (part: number): number => Math.floor(start + ((end - start) * part) / count);
    // What came after the catalogue was read lies before the first stretch or after the last.
    const stretch = { from: index === 0 ? from : at(index), to: index === count - 1 ? to : at(index + 1) };
    if (stretch.from < stretch.to) yield { ids: [series.id], range: stretch };
  }
}

function expectedSamples({ firstAt, lastAt, samples }: SeriesSummary, { from, to }: TimeRange): number {
  if (lastAt <= firstAt) return samples;
  const overlapMs = Math.max(0, Math.min(lastAt, to) - Math.max(firstAt, from));
  return Math.ceil((samples * overlapMs) / (lastAt - firstAt));
}

/** Reads the samples of some series part by part; a series may come in several parts, one after the other. */
export async function* readParts(
  store: SeriesStore,
  tenantId: TenantId,
  {
    page,
    range,
    signal,
  }: { readonly page: readonly SeriesSummary[]; readonly range: TimeRange; readonly signal?: AbortSignal },
): AsyncGenerator<SeriesPoints, void, undefined> {
  for (const { ids, range: part } of readPlans(page, range)) {
    signal?.throwIfAborted();
    const found = await store.range(tenantId, { ids }, part, {
      seriesMax: ids.length,
      ...(signal !== undefined && { signal }),
    });
    // A turn for others: a store in memory answers without giving one.
    await nextTurn();
    for (const points of found) if (points.times.length > 0) yield points;
  }
}
