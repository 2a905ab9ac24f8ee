import type { SeriesId, SeriesRef, TenantId } from '@heliosiq/model';
import { canonicalLabels } from '@heliosiq/model/content-id.ts';
import type { SeriesFilter, TimeRange } from '@heliosiq/ports';
import { createBoundedMap } from '../bounded-map.ts';
import type { QueryApi } from './query-api.ts';
import { questionSelectors } from './question-selectors.ts';
import type { QuestionContext } from './question-selectors.ts';
import type { StoredLabels } from './stored-labels.ts';
import { createSeriesNaming } from './stored-labels.ts';
import type { NamingRules, SeriesNaming } from './stored-labels.ts';
import { placeOf } from './tenant-place.ts';
import type { ServerPlace } from './tenant-place.ts';

/** A series and the label sets under which the server has it: one, unless two of them mean the same. */
export interface FoundSeries {
  readonly series: SeriesRef;
  readonly labelSets: readonly StoredLabels[];
}

/** Finds which series there are. */
export interface SeriesFinder {
  /** Series that match and have samples about the range, by asset, metric and labels. */
  find(tenantId: TenantId, filter: SeriesFilter, range: TimeRange): Promise<readonly FoundSeries[]>;
  /** Tells of a series that was written just now, so that its id needs no search. */
  remember(series: SeriesRef, labels: StoredLabels): void;
  namingFor(tenantId: TenantId): SeriesNaming;
}

/** Series whose labels are remembered by their ids. */
const rememberedMax = 100_000;
/** An id that no series has is not searched for again before this. */
const missKeptMs = 10_000;
const missesMax = 10_000;

export function createSeriesFinder({
  api,
  place,
  rules,
  lookBackMs,
  now,
}: {
  readonly api: QueryApi;
  readonly place: ServerPlace;
  readonly rules: NamingRules;
  /** How far back series of unknown ids are searched for. */
  readonly lookBackMs: number;
  readonly now: () => number;
}): SeriesFinder {
  const known = createBoundedMap<SeriesId, FoundSeries>(rememberedMax);
  const missedAt = createBoundedMap<SeriesId, number>(missesMax);
  const contexts = createBoundedMap<TenantId, QuestionContext>(1000);

  function contextOf(tenantId: TenantId): QuestionContext {
    let context = contexts.get(tenantId);
    if (context === undefined) {
      const { outerLabels } = placeOf(place, tenantId);
      context = { naming: createSeriesNaming(rules, outerLabels), rules, outerLabels };
      contexts.set(tenantId, context);
    }
    return context;
  }

  /** Asks the server, and remembers what it says. */
  async function search(tenantId: TenantId, filter: SeriesFilter, range: TimeRange): Promise<FoundSeries[]> {
    const context = contextOf(tenantId);
    const found = new Map<SeriesId, FoundSeries>();
    for (const labels of await api.series(tenantId, questionSelectors(filter, context), range)) {
      const series = context.naming.seriesOf(tenantId, labels);
      if (series === undefined) continue;
      const earlier = found.get(series.id);
      found.set(series.id, { series, labelSets: [...(earlier?.labelSets ?? []), labels] });
    }
    for (const one of found.values()) known.set(one.series.id, one);
    return [...found.values()];
  }

  /** The series of ids; those that are not remembered are searched for among all that the rest of the filter leaves. */
  async function byIds(tenantId: TenantId, filter: SeriesFilter, ids: readonly SeriesId[]): Promise<FoundSeries[]> {
    const isDue = (id: SeriesId): boolean => now() - (missedAt.get(id) ?? -Infinity) > missKeptMs;
    const unknown = ids.filter((id) => known.get(id) === undefined && isDue(id));
    if (unknown.length > 0) {
      const range = { from: now() - lookBackMs, to: now() + lookBackMs };
      const { ids: _, ...rest } = filter;
      const found = new Set((await search(tenantId, rest, range)).map(({ series }) => series.id));
      for (const id of unknown) if (!found.has(id)) missedAt.set(id, now());
    }
    const { naming } = contextOf(tenantId);
    return [...new Set(ids)].flatMap((id) => {
      const one = known.get(id);
      // An id of another tenant is remembered too, but is not what the labels are for this one.
      const [labels] = one?.labelSets ?? [];
      return one !== undefined && labels !== undefined && naming.seriesOf(tenantId, labels)?.id === id ? [one] : [];
    });
  }

  return {
    async find(tenantId, filter, range) {
      if (range.to <= range.from || filter.ids?.length === 0 || filter.assets?.length === 0) return [];
      const found =
        filter.ids === undefined ? await search(tenantId, filter, range) : await byIds(tenantId, filter, filter.ids);
      return found.filter(({ series }) => isMatch(series, filter)).sort((a, b) => compareSeries(a.series, b.series));
    },

    remember(series, labels) {
      if (known.get(series.id) !== undefined) return;
      known.set(series.id, { series, labelSets: [labels] });
    },

    namingFor: (tenantId) => contextOf(tenantId).naming,
  };
}

function isMatch(series: SeriesRef, { ids, assets, metric, labels = {} }: SeriesFilter): boolean {
  return (
    (ids?.includes(series.id) ?? true) &&
    (assets?.includes(series.asset) ?? true) &&
    (metric === undefined || metric === series.metric) &&
    Object.entries(labels).every(([name, value]) => series.labels[name] === value)
  );
}

function compareSeries(a: SeriesRef, b: SeriesRef): number {
  return (
    compareTexts(a.asset, b.asset) ||
    compareTexts(a.metric, b.metric) ||
    compareTexts(canonicalLabels(a.labels), canonicalLabels(b.labels))
  );
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
