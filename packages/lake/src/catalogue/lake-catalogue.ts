import { setImmediate as nextTurn } from 'node:timers/promises';
import { HeliosError } from '@heliosiq/model';
import type { SeriesId, TenantId } from '@heliosiq/model';
import type {
  Cardinality,
  EventLog,
  LakeCatalogue,
  LakeFigures,
  LakeStats,
  SeriesStore,
  SeriesSummary,
} from '@heliosiq/ports';
import { createCardinalityCount } from './cardinality-count.ts';
import { createNameOrder } from './name-order.ts';
import { createRecentAnswers } from './recent-answers.ts';
import { selectionOf } from './selection.ts';
import type { Selection } from './selection.ts';

export interface LakeCatalogueDeps {
  readonly series: SeriesStore;
  readonly figures: LakeFigures;
  readonly log: Pick<EventLog, 'lag'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The group under which the lake reads the log. */
const lakeGroup = 'lake';
const statsKeptMs = 10_000;
const cardinalityKeptMs = 30_000;
const activeMs = 300_000;
const newMs = 3_600_000;
const pageSeriesMax = 5000;
/** Series that are looked at in one go, while others wait. */
const turnSeriesMax = 500;
/** Series of one look over the catalogue; of more only so many are counted. */
const seriesMax = 2_000_000;
/** Series whose samples are counted for the rate of all. */
const rateSeriesMax = 500;
const limitMax = 10_000;
/** Every moment that a store can hold. */
const always = { from: -8.64e15, to: 8.64e15 };

/** Answers what there is in a lake by looking over the catalogue page by page; no samples are read but for the rate. */
export function createLakeCatalogue({ series, figures, log, now }: LakeCatalogueDeps): LakeCatalogue {
  const recentStats = createRecentAnswers<LakeStats>({ keptMs: statsKeptMs, now });
  const recentCardinality = createRecentAnswers<Cardinality>({ keptMs: cardinalityKeptMs, now });

  /** Calls back with each series that is meant; returns false where there were more than are looked at. */
  async function lookOver(
    tenantId: TenantId,
    { filter, isMeant }: Selection,
    onSeries: (summary: SeriesSummary) => void,
  ): Promise<boolean> {
    let seen = 0;
    for await (const page of series.scan(tenantId, filter, always, { pageMax: pageSeriesMax })) {
      for (const summary of page) {
        if (!isMeant(summary.series)) continue;
        seen += 1;
        if (seen > seriesMax) return false;
        onSeries(summary);
        if (seen % turnSeriesMax === 0) await nextTurn();
      }
    }
    return true;
  }

  async function findStats(tenantId: TenantId): Promise<LakeStats> {
    const at = now();
    const active = createSmallestIds(rateSeriesMax);
    const found = { series: 0, activeSeries: 0, newSeries: 0, samples: 0, oldestAt: Infinity, newestAt: -Infinity };
    await lookOver(tenantId, selectionOf(undefined), ({ series: ref, firstAt, lastAt, samples }) => {
      found.series += 1;
      found.samples += samples;
      found.oldestAt = Math.min(found.oldestAt, firstAt);
      found.newestAt = Math.max(found.newestAt, lastAt);
      if (firstAt > at - newMs && firstAt <= at) found.newSeries += 1;
      if (lastAt <= at - activeMs) return;
      found.activeSeries += 1;
      active.add(ref.id);
    });
    const ids = active.ids();
    const recent =
      ids.length === 0 ? [] : await series.range(tenantId, { ids }, { from: at - activeMs + 1, to: at + 1 });
    const counted = recent.reduce((sum, { times }) => sum + times.length, 0);
    const sizes = await figures.sizes(tenantId);
    const sampleBytes = sizes.find(({ kind }) => kind === 'sample')?.bytes;
    const { oldestAt, newestAt, ...counts } = found;
    return {
      ...counts,
      ...(counts.series > 0 && { oldestAt, newestAt }),
      samplesPerSecond: ids.length === 0 ? 0 : (counted * counts.activeSeries) / ids.length / (activeMs / 1000),
      isRateEstimate: counts.activeSeries > ids.length,
      ...(sampleBytes !== undefined && counts.samples > 0 && { bytesPerSample: sampleBytes / counts.samples }),
      lagRecords: await lagOf(log),
      sizes,
      at,
    };
  }

  async function findCardinality(tenantId: TenantId, selection: Selection, limit: number): Promise<Cardinality> {
    const newSince = now() - newMs;
    const count = createCardinalityCount();
    const isWhole = await lookOver(tenantId, selection, ({ series: ref, firstAt }) =>
      count.add(ref, firstAt > newSince && firstAt <= now()),
    );
    const result = count.result(limit);
    return isWhole ? result : { ...result, isPartial: true };
  }

  return {
    stats: (tenantId, { signal } = {}) => recentStats.get(tenantId, () => findStats(tenantId), signal),

    async series(tenantId, { match, limit }, { signal } = {}) {
      checkLimit(limit);
      const first = createNameOrder(limit);
      let matching = 0;
      await lookOver(tenantId, selectionOf(match), (summary) => {
        signal?.throwIfAborted();
        matching += 1;
        first.add(summary);
      });
      return { series: first.list(), matching };
    },

    async cardinality(tenantId, { match, limit }, { signal } = {}) {
      checkLimit(limit);
      const selection = selectionOf(match);
      const key = JSON.stringify([tenantId, match, limit]);
      return recentCardinality.get(key, () => findCardinality(tenantId, selection, limit), signal);
    },
  };
}

async function lagOf(log: Pick<EventLog, 'lag'>): Promise<number> {
  const partitions = await log.lag();
  return partitions.reduce((sum, { group, lagRecords }) => (group === lakeGroup ? sum + lagRecords : sum), 0);
}

/** Keeps the smallest of many ids. They are hashes, so that these are as good as drawn by lot, and the same every time. */
function createSmallestIds(max: number) {
  let kept: SeriesId[] = [];
  const cut = (): void => {
    kept = kept.sort().slice(0, max);
  };
  return {
    add(id: SeriesId): void {
      kept.push(id);
      if (kept.length >= 2 * max) cut();
    },
    ids(): readonly SeriesId[] {
      cut();
      return kept;
    },
  };
}

function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= limitMax) return;
  throw new HeliosError('invalid-request', `limit is ${limit}`, {
    field: 'limit',
    cure: `Give a whole number from 1 to ${limitMax}.`,
  });
}
