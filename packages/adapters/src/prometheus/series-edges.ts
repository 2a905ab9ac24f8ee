import type { SeriesId, TenantId } from '@heliosiq/model';
import { canonicalLabels } from '@heliosiq/model/content-id.ts';
import type { TimeRange } from '@heliosiq/ports';
import type { QueryApi } from './query-api.ts';
import { eachOf, readSamples } from './sample-reader.ts';
import { coveringSelectors, selectorText } from './selector.ts';
import type { FoundSeries } from './series-finder.ts';
import { nameLabel } from './stored-labels.ts';
import type { StoredLabels } from './stored-labels.ts';

/** The first and last sample of a series in a range, and how many there are. */
export interface SeriesEdges {
  readonly firstAt: number;
  readonly lastAt: number;
  readonly samples: number;
}

/** Stretches that a range is divided into at each look. */
const stretches = 200;
/** Samples of a stretch that are read to find the very first or last one. */
const readMax = 500;
const requestsAtOnce = 4;

/** A stretch of time, and the series of which it holds the edge that is looked for. */
interface Stretch {
  readonly range: TimeRange;
  readonly series: FoundSeries[];
  samplesMost: number;
}

/**
 * Finds the edges of series that are not written to any more, without reading all of their samples: the server counts them in
 * stretches of the range, and in stretches of those that hold an edge, until few enough are left to be read. Series
 * without samples are absent. A sample at the very border of two stretches may be counted twice by a Prometheus before 3.0.
 */
export async function findEdges(
  api: QueryApi,
  { tenantId, series, range }: { tenantId: TenantId; series: readonly FoundSeries[]; range: TimeRange },
): Promise<ReadonlyMap<SeriesId, SeriesEdges>> {
  const counted = await countInStretches(api, { tenantId, series, range });
  const firsts = new Map<SeriesId, number>();
  const lasts = new Map<SeriesId, number>();
  await locate('first', counted, firsts);
  await locate('last', counted, lasts);

  async function locate(edge: 'first' | 'last', counts: Counts, into: Map<SeriesId, number>): Promise<void> {
    await eachOf(stretchesOf(edge, counts), requestsAtOnce, async (stretch) => {
      if (stretch.samplesMost > readMax && stretch.range.to - stretch.range.from > stretches) {
        await locate(edge, await countInStretches(api, { tenantId, ...stretch }), into);
        return;
      }
      const runs = await readSamples(api, { tenantId, ...stretch });
      for (const [index, { times }] of runs.entries()) {
        const found = stretch.series[index];
        const at = edge === 'first' ? times[0] : times.at(-1);
        if (found !== undefined && at !== undefined) into.set(found.series.id, at);
      }
    });
  }

  const edges = new Map<SeriesId, SeriesEdges>();
  for (const [id, { buckets }] of counted) {
    const [firstAt, lastAt] = [firsts.get(id), lasts.get(id)];
    if (firstAt === undefined || lastAt === undefined) continue;
    edges.set(id, { firstAt, lastAt, samples: buckets.reduce((sum, { samples }) => sum + samples, 0) });
  }
  return edges;
}

interface CountedSeries {
  readonly series: FoundSeries;
  /** Stretches with samples, in ascending order. */
  readonly buckets: { readonly range: TimeRange; readonly samples: number }[];
}

type Counts = ReadonlyMap<SeriesId, CountedSeries>;

/** How many samples of each series lie in which stretches. */
async function countInStretches(
  api: QueryApi,
  { tenantId, series, range }: { tenantId: TenantId; series: readonly FoundSeries[]; range: TimeRange },
): Promise<Counts> {
  // Borders at odd milliseconds, where samples rarely lie.
  const from = Math.floor(range.from) - ((Math.floor(range.from) + 1) % 2);
  const stepMs = 2 * Math.ceil((range.to - from) / stretches / 2);
  const counts = new Map<SeriesId, CountedSeries>();
  const sets = series.flatMap((one) => one.labelSets.map((labels) => ({ labels, one })));
  // Counts have no name, so each question is about one.
  const byName = [...Map.groupBy(sets, ({ labels }) => labels[nameLabel]).values()].map((group) => ({
    selectors: coveringSelectors(group.map(({ labels }) => labels)),
    byLabels: new Map(group.map(({ labels, one }) => [keyWithoutName(labels), one])),
  }));
  const questions = byName.flatMap(({ selectors, byLabels }) => selectors.map((selector) => ({ selector, byLabels })));
  await eachOf(questions, requestsAtOnce, async ({ selector, byLabels }) => {
    const answer = await api.steps(tenantId, `count_over_time(${selectorText(selector)}[${stepMs}ms])`, {
      ...{ from: from + stepMs, to: from + stretches * stepMs, stepMs },
    });
    for (const { labels, times, values } of answer) {
      const one = byLabels.get(keyWithoutName(labels));
      if (one === undefined) continue;
      const counted = counts.get(one.series.id) ?? { series: one, buckets: [] };
      counts.set(one.series.id, counted);
      for (const [index, at] of times.entries()) {
        counted.buckets.push({ range: { from: at - stepMs, to: at + 1 }, samples: values[index] ?? 0 });
      }
    }
  });
  for (const { buckets } of counts.values()) buckets.sort((a, b) => a.range.from - b.range.from);
  return counts;
}

function keyWithoutName(labels: StoredLabels): string {
  const { [nameLabel]: _, ...rest } = labels;
  return canonicalLabels(rest);
}

/** The stretches that hold the edges of the series, each with all series that have theirs in it. */
function stretchesOf(edge: 'first' | 'last', counts: Counts): Stretch[] {
  const found = new Map<number, Stretch>();
  for (const { series, buckets } of counts.values()) {
    const bucket = edge === 'first' ? buckets[0] : buckets.at(-1);
    if (bucket === undefined) continue;
    const stretch = found.get(bucket.range.from) ?? { range: bucket.range, series: [], samplesMost: 0 };
    found.set(bucket.range.from, stretch);
    stretch.series.push(series);
    stretch.samplesMost = Math.max(stretch.samplesMost, bucket.samples);
  }
  return [...found.values()];
}
