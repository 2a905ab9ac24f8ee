import type { SampleBlock, SeriesId, SeriesRef } from '@heliosiq/model';
import { canonicalLabels } from '@heliosiq/model/content-id.ts';
import type { SeriesFilter, SeriesStore, SeriesSummary } from '@heliosiq/ports';
import { checkedLimit } from '../limits.ts';
import { mergeRuns, runOfBlocks, runWithin, type SampleRun } from '../sample-run.ts';
import { createTenantMap } from './tenant-map.ts';

interface HeldSeries {
  readonly ref: SeriesRef;
  readonly run: SampleRun;
}

/** A series store in memory: two 64-bit numbers a sample, gone with the process. */
export function createMemorySeriesStore(): SeriesStore {
  const tenants = createTenantMap(() => new Map<SeriesId, HeldSeries>());

  return {
    async append(tenantId, blocks) {
      const held = tenants.of(tenantId);
      for (const [id, given] of Map.groupBy(blocks, (block) => block.series.id)) {
        const run = runOfBlocks(given);
        if (run.times.length === 0) continue;
        const known = held.get(id);
        const ref = newestRef(known?.ref, given);
        // What is kept must not change with the caller's arrays.
        const own = { times: run.times.slice(), values: run.values.slice() };
        held.set(id, { ref, run: known === undefined ? own : mergeRuns(known.run, own) });
      }
    },

    async range(tenantId, filter, range, options = {}) {
      options.signal?.throwIfAborted();
      const seriesMax = checkedLimit(options.seriesMax ?? 500, Number.MAX_SAFE_INTEGER, 'seriesMax');
      return matching(tenants.of(tenantId).values(), filter)
        .map(({ ref, run }) => ({ series: ref, ...runWithin(run, range.from, range.to) }))
        .filter((points) => points.times.length > 0)
        .slice(0, seriesMax);
    },

    async list(tenantId, filter, options = {}) {
      const limit = checkedLimit(options.limit ?? 1000, Number.MAX_SAFE_INTEGER);
      return matching(tenants.of(tenantId).values(), filter).slice(0, limit).map(summaryOf);
    },

    async *scan(tenantId, filter, range, { pageMax }) {
      checkedLimit(pageMax, Number.MAX_SAFE_INTEGER, 'pageMax');
      const found = matching(tenants.of(tenantId).values(), filter)
        .filter(({ run }) => runWithin(run, range.from, range.to).times.length > 0)
        .map(summaryOf);
      for (let start = 0; start < found.length; start += pageMax) yield found.slice(start, start + pageMax);
    },
  };
}

function summaryOf({ ref, run }: HeldSeries): SeriesSummary {
  return { series: ref, firstAt: run.times[0] ?? 0, lastAt: run.times.at(-1) ?? 0, samples: run.times.length };
}

function newestRef(known: SeriesRef | undefined, blocks: readonly SampleBlock[]): SeriesRef {
  let ref = known;
  for (const { series } of blocks) if (ref === undefined || series.unit !== undefined) ref = series;
  if (ref === undefined) throw new RangeError('a series needs a block');
  return ref;
}

function matching(held: Iterable<HeldSeries>, filter: SeriesFilter): HeldSeries[] {
  const labels = Object.entries(filter.labels ?? {});
  return [...held]
    .filter(
      ({ ref }) =>
        (filter.ids?.includes(ref.id) ?? true) &&
        (filter.assets?.includes(ref.asset) ?? true) &&
        (filter.metric === undefined || filter.metric === ref.metric) &&
        labels.every(([name, value]) => ref.labels[name] === value),
    )
    .sort((a, b) => compareRefs(a.ref, b.ref));
}

function compareRefs(a: SeriesRef, b: SeriesRef): number {
  return (
    compareTexts(a.asset, b.asset) ||
    compareTexts(a.metric, b.metric) ||
    compareTexts(canonicalLabels(a.labels), canonicalLabels(b.labels))
  );
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
