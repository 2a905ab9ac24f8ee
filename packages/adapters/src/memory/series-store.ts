import type { SampleBlock, SeriesId, SeriesRef } from '@heliosiq/model';
import { canonicalLabels } from '@heliosiq/model/content-id.ts';
import type { Forgetful, SeriesChanges, SeriesFilter, SeriesStore, SeriesSummary } from '@heliosiq/ports';
import { checkedLimit } from '../limits.ts';
import { mergeRuns, runOfBlocks, runWithin, type SampleRun } from '../sample-run.ts';
import { createTenantMap } from './tenant-map.ts';

interface HeldSeries {
  readonly ref: SeriesRef;
  readonly run: SampleRun;
}

/** An hour in which something was written. */
interface ChangedHour {
  readonly hour: number;
  readonly mark: number;
  readonly writtenAt: number;
  readonly series: ReadonlySet<SeriesId>;
}

interface Held {
  readonly series: Map<SeriesId, HeldSeries>;
  readonly changes: Map<number, ChangedHour>;
}

/** A series store that also tells what changed, and forgets. */
export interface MemorySeriesStore extends SeriesStore, SeriesChanges, Forgetful {}

const hourMs = 3_600_000;
/** Two numbers of 64 bits. */
const sampleBytes = 16;

/** A series store in memory: two 64-bit numbers a sample, gone with the process. */
export function createMemorySeriesStore({ now = Date.now }: { readonly now?: () => number } = {}): MemorySeriesStore {
  const tenants = createTenantMap((): Held => ({ series: new Map(), changes: new Map() }));
  let marks = 0;

  function noteChange(changes: Map<number, ChangedHour>, id: SeriesId, times: Float64Array): void {
    let last = Number.NaN;
    for (const at of times) {
      const hour = Math.floor(at / hourMs);
      if (hour === last) continue;
      last = hour;
      const series = new Set(changes.get(hour)?.series).add(id);
      changes.set(hour, { hour, mark: ++marks, writtenAt: now(), series });
    }
  }

  return {
    async append(tenantId, blocks) {
      const { series: held, changes } = tenants.of(tenantId);
      for (const [id, given] of Map.groupBy(blocks, (block) => block.series.id)) {
        const run = runOfBlocks(given);
        if (run.times.length === 0) continue;
        const known = held.get(id);
        const ref = newestRef(known?.ref, given);
        // What is kept must not change with the caller's arrays.
        const own = { times: run.times.slice(), values: run.values.slice() };
        held.set(id, { ref, run: known === undefined ? own : mergeRuns(known.run, own) });
        noteChange(changes, id, own.times);
      }
    },

    async range(tenantId, filter, range, options = {}) {
      options.signal?.throwIfAborted();
      const seriesMax = checkedLimit(options.seriesMax ?? 500, Number.MAX_SAFE_INTEGER, 'seriesMax');
      return matching(tenants.of(tenantId).series.values(), filter)
        .map(({ ref, run }) => ({ series: ref, ...runWithin(run, range.from, range.to) }))
        .filter((points) => points.times.length > 0)
        .slice(0, seriesMax);
    },

    async list(tenantId, filter, options = {}) {
      const limit = checkedLimit(options.limit ?? 1000, Number.MAX_SAFE_INTEGER);
      return matching(tenants.of(tenantId).series.values(), filter).slice(0, limit).map(summaryOf);
    },

    async *scan(tenantId, filter, range, { pageMax }) {
      checkedLimit(pageMax, Number.MAX_SAFE_INTEGER, 'pageMax');
      const found = matching(tenants.of(tenantId).series.values(), filter)
        .filter(({ run }) => runWithin(run, range.from, range.to).times.length > 0)
        .map(summaryOf);
      for (let start = 0; start < found.length; start += pageMax) yield found.slice(start, start + pageMax);
    },

    async changed(tenantId, { limit, until }) {
      const rowsMax = checkedLimit(limit, Number.MAX_SAFE_INTEGER);
      return [...tenants.of(tenantId).changes.values()]
        .filter(({ writtenAt }) => writtenAt < until)
        .sort((a, b) => a.writtenAt - b.writtenAt || a.hour - b.hour)
        .slice(0, rowsMax)
        .map(({ hour, mark, series }) => ({
          from: hour * hourMs,
          to: (hour + 1) * hourMs,
          series: [...series],
          mark: `${hour} ${mark}`,
        }));
    },

    async settle(tenantId, stretches) {
      const { changes } = tenants.of(tenantId);
      for (const { mark: text } of stretches) {
        const [hour = Number.NaN, mark] = text.split(' ').map(Number);
        if (changes.get(hour)?.mark === mark) changes.delete(hour);
      }
    },

    async forget(tenantId, { before, isDryRun = false }) {
      const { series } = tenants.of(tenantId);
      let items = 0;
      for (const [id, held] of series) {
        const kept = runWithin(held.run, before, Infinity);
        items += held.run.times.length - kept.times.length;
        if (isDryRun) continue;
        // The copy lets go of the memory of what went.
        const run = { times: kept.times.slice(), values: kept.values.slice() };
        if (run.times.length === 0) series.delete(id);
        else series.set(id, { ...held, run });
      }
      return { items, bytes: items * sampleBytes };
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
