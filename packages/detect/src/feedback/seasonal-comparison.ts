import type { SeriesId, TenantId } from '@heliosiq/model';
import type { SeasonalComparison, SeriesStore } from '@heliosiq/ports';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const weekMs = 7 * dayMs;
const weeksBack = 4;
const daysBack = 4;
/** Steps to either side of the same time. */
const stepsAround = 1.5;
const trendSteps = 72;

export interface ComparisonQuestion {
  readonly seriesId: SeriesId;
  readonly at: number;
  /** When the anomaly began: nothing of it is compared with. */
  readonly startedAt: number;
  readonly stepMs: number;
}

/** What a series did at the same time of the last weeks, or days where there are none, and how it moved before. */
export async function seasonalComparison(
  series: SeriesStore,
  tenantId: TenantId,
  question: ComparisonQuestion,
): Promise<{ readonly season?: SeasonalComparison; readonly trendPerHour?: number }> {
  const weekly = await sameTime(series, tenantId, { ...question, periodMs: weekMs, periods: weeksBack });
  const season = weekly ?? (await sameTime(series, tenantId, { ...question, periodMs: dayMs, periods: daysBack }));
  const trendPerHour = await trendBefore(series, tenantId, question);
  return { ...(season === undefined ? {} : { season }), ...(trendPerHour === undefined ? {} : { trendPerHour }) };
}

async function sameTime(
  series: SeriesStore,
  tenantId: TenantId,
  asked: ComparisonQuestion & { readonly periodMs: number; readonly periods: number },
): Promise<SeasonalComparison | undefined> {
  const aroundMs = Math.max(5 * minuteMs, stepsAround * asked.stepMs);
  let count = 0;
  let periods = 0;
  let sum = 0;
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (let back = 1; back <= asked.periods; back += 1) {
    const centre = asked.at - back * asked.periodMs;
    const range = { from: Math.floor(centre - aroundMs), to: Math.min(asked.startedAt, Math.ceil(centre + aroundMs)) };
    if (range.to <= range.from) continue;
    const [points] = await series.range(tenantId, { ids: [asked.seriesId] }, range);
    const values = Array.from(points?.values ?? []).filter((value) => Number.isFinite(value));
    if (values.length > 0) periods += 1;
    for (const value of values) {
      count += 1;
      sum += value;
      lowest = Math.min(lowest, value);
      highest = Math.max(highest, value);
    }
  }
  if (periods === 0) return undefined;
  return { words: periodWords(asked, periods, aroundMs), mean: sum / count, lowest, highest, samples: count };
}

const weekdays = ['Sundays', 'Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays'] as const;

function periodWords({ at, periodMs }: { at: number; periodMs: number }, periods: number, aroundMs: number): string {
  const clock = (moment: number): string => new Date(moment).toISOString().slice(11, 16);
  const name = periodMs === weekMs ? (weekdays[new Date(at).getUTCDay()] ?? 'weeks') : 'days';
  const counted = periods === 1 ? `one of the last ${name}` : `the last ${periods} ${name}`;
  return `${counted}, ${clock(at - aroundMs)}-${clock(at + aroundMs)} UTC`;
}

/** Least-squares slope over the steps before the anomaly; undefined with less than a dozen samples. */
async function trendBefore(
  series: SeriesStore,
  tenantId: TenantId,
  { seriesId, startedAt, stepMs }: ComparisonQuestion,
): Promise<number | undefined> {
  const range = { from: Math.floor(startedAt - trendSteps * stepMs), to: startedAt };
  const [points] = await series.range(tenantId, { ids: [seriesId] }, range);
  if (points === undefined) return undefined;
  let [count, sumT, sumV, sumTT, sumTV] = [0, 0, 0, 0, 0];
  for (const [index, time] of points.times.entries()) {
    const value = points.values[index] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    const hours = (time - startedAt) / (60 * minuteMs);
    count += 1;
    sumT += hours;
    sumV += value;
    sumTT += hours * hours;
    sumTV += hours * value;
  }
  const spread = count * sumTT - sumT * sumT;
  return count < 12 || spread <= 0 ? undefined : (count * sumTV - sumT * sumV) / spread;
}
