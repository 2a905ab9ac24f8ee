import type { TenantId } from '@heliosiq/model';
import type { SeriesSummary, TimeRange } from '@heliosiq/ports';
import type { QueryApi } from './query-api.ts';
import { readSamples } from './sample-reader.ts';
import { findEdges } from './series-edges.ts';
import type { FoundSeries } from './series-finder.ts';

/** A series with three samples and more in this time before now is alive, and its rhythm is known. */
const aliveMs = 360_000;
const aliveSamples = 3;
/** Series whose facts are asked for together. */
const groupMax = 200;
/** Of series that are not alive the edges are searched for, for so many of a question at most. */
const searchedMax = 500;
/** What is assumed of a series that nothing was found out about. */
const assumedIntervalMs = 60_000;

/**
 * What the server holds of series, as far as the window reaches. No server tells it cheaply, so for a series that is alive
 * the last sample is exact, the first is taken to be as old as the window, and the count follows from its rhythm; for
 * one that has ended all are exact, but for the few that a question about very many such series leaves out: those are taken to
 * fill the window. Series without samples in the window are absent.
 */
export async function summarize(
  api: QueryApi,
  { tenantId, series, window }: { tenantId: TenantId; series: readonly FoundSeries[]; window: TimeRange },
  now: number,
): Promise<readonly SeriesSummary[]> {
  const summaries: SeriesSummary[] = [];
  let searched = 0;
  for (let start = 0; start < series.length; start += groupMax) {
    const group = series.slice(start, start + groupMax);
    const latest = await readSamples(api, { tenantId, series: group, range: { from: now - aliveMs, to: now + 1 } });
    const ended = group.filter((_, index) => (latest[index]?.times.length ?? 0) < aliveSamples);
    const toSearch = ended.slice(0, Math.max(0, searchedMax - searched));
    searched += toSearch.length;
    const edges = await findEdges(api, { tenantId, series: toSearch, range: window });
    const isSearched = new Set(toSearch);
    for (const [index, one] of group.entries()) {
      const { times = new Float64Array() } = latest[index] ?? {};
      const found = edges.get(one.series.id);
      if (found !== undefined) summaries.push({ series: one.series, ...found });
      else if (!isSearched.has(one)) summaries.push({ series: one.series, ...estimate(times, window) });
    }
  }
  return summaries;
}

function estimate(latest: Float64Array, { from, to }: TimeRange): Omit<SeriesSummary, 'series'> {
  const isAlive = latest.length >= aliveSamples;
  const lastAt = isAlive ? (latest.at(-1) ?? to) : to;
  const intervalMs = isAlive ? (lastAt - (latest[0] ?? 0)) / (latest.length - 1) : assumedIntervalMs;
  return { firstAt: from, lastAt, samples: 1 + Math.round((lastAt - from) / intervalMs) };
}
