import type { SeriesId, SeriesRef, TenantId } from '@heliosiq/model';
import type { RollupResolution, RollupStore, SeriesSteps, SeriesStore, TimeRange } from '@heliosiq/ports';
import { resolutionMs } from './rollup.ts';
import { readRollups, type SeriesRollup } from './rollup-reader.ts';
import { createStepSum, type StepSum } from './step-sum.ts';

export interface RolledChartDeps {
  readonly series: SeriesStore;
  readonly rollups: RollupStore;
}

export interface RolledChartQuestion {
  /** A few: all of them are in memory at once. */
  readonly series: readonly SeriesRef[];
  readonly range: TimeRange;
  readonly stepMs: number;
  /** Ask the samples first, and rollups only where they were forgotten: for short ranges. */
  readonly prefersSamples?: boolean;
  readonly signal?: AbortSignal | undefined;
}

const dayMs = 86_400_000;
const coarseFirst = ['day', 'hour', 'minute'] as const satisfies readonly RollupResolution[];

/** Part of a range that rollups do not answer, and whether there are pages that say that it has no samples but new ones. */
interface RawPart extends TimeRange {
  readonly isInPage: boolean;
}

/**
 * A chart of a long range from rollups: of the coarsest resolution of which a step is a whole multiple. Days that were not
 * rolled up, and what a bucket has only a part of at the ends of the range, come from samples. Minimum, maximum and count
 * equal those of the samples, the mean but for rounding. Where the samples were forgotten, finer or coarser buckets stand in,
 * each in the step in which it begins.
 */
export async function chartFromRollups(
  { series, rollups }: RolledChartDeps,
  tenantId: TenantId,
  { series: refs, range, stepMs, prefersSamples = false, signal }: RolledChartQuestion,
): Promise<readonly SeriesSteps[]> {
  const ids = refs.map(({ id }) => id);
  const resolution = prefersSamples ? undefined : coarseFirst.find((each) => stepMs % resolutionMs[each] === 0);
  const found =
    resolution === undefined
      ? new Map<SeriesId, SeriesRollup>()
      : await readRollups(rollups, tenantId, { resolution, series: ids, range, numbersOnly: true, signal });
  const sums = new Map(ids.map((id) => [id, createStepSum(stepMs)]));
  const parts = new Map<SeriesId, readonly RawPart[]>();
  for (const id of ids) {
    const rolled = found.get(id);
    parts.set(id, rawParts(rolled, range, resolution === undefined ? dayMs : resolutionMs[resolution]));
    for (const bucket of rolled?.buckets ?? []) {
      const endAt = bucket.at + resolutionMs[resolution ?? 'minute'];
      if (endAt <= range.to) sums.get(id)?.addBucket(bucket);
    }
  }
  const missing = await addSamples({ series, tenantId, signal }, parts, sums);
  await addStandIns({ rollups, tenantId, signal }, missing, sums);
  return refs.flatMap((ref) => {
    const steps = sums.get(ref.id)?.steps();
    return steps === undefined || steps.times.length === 0 ? [] : [{ series: ref, ...steps }];
  });
}

/** The parts of a range that no whole bucket of a rolled day covers, ascending. */
function rawParts(rolled: SeriesRollup | undefined, range: TimeRange, bucketMs: number): RawPart[] {
  if (rolled === undefined) return [{ ...range, isInPage: false }];
  const isInPage = (at: number): boolean => rolled.pages.some(({ from, to }) => at >= from && at < to);
  const parts: { from: number; to: number; isInPage: boolean }[] = [];
  const add = (from: number, to: number, inPage: boolean): void => {
    if (from >= to) return;
    const last = parts.at(-1);
    if (last?.to === from && last.isInPage === inPage) last.to = to;
    else parts.push({ from, to, isInPage: inPage });
  };
  for (let dayAt = Math.floor(range.from / dayMs) * dayMs; dayAt < range.to; dayAt += dayMs) {
    const [from, to] = [Math.max(range.from, dayAt), Math.min(range.to, dayAt + dayMs)];
    if (!rolled.days.has(dayAt)) {
      add(from, to, isInPage(dayAt));
      continue;
    }
    const [firstWhole, lastWhole] = [Math.ceil(from / bucketMs) * bucketMs, Math.floor(to / bucketMs) * bucketMs];
    if (firstWhole >= lastWhole) add(from, to, false);
    else {
      add(from, firstWhole, false);
      add(lastWhole, to, false);
    }
  }
  return parts;
}

/** Adds the samples of the parts; returns what of them has none without a page that says so. */
async function addSamples(
  source: { readonly series: SeriesStore; readonly tenantId: TenantId; readonly signal: AbortSignal | undefined },
  parts: ReadonlyMap<SeriesId, readonly RawPart[]>,
  sums: ReadonlyMap<SeriesId, StepSum>,
): Promise<Map<SeriesId, TimeRange[]>> {
  const missing = new Map<SeriesId, TimeRange[]>();
  // Series mostly have the same parts: one question for all of them.
  const questions = new Map<string, { readonly part: RawPart; readonly ids: SeriesId[] }>();
  for (const [id, ofSeries] of parts) {
    for (const part of ofSeries) {
      const key = `${part.from} ${part.to} ${part.isInPage}`;
      const question = questions.get(key) ?? { part, ids: [] };
      question.ids.push(id);
      questions.set(key, question);
    }
  }
  for (const { part, ids } of questions.values()) {
    const options = { seriesMax: ids.length, ...(source.signal !== undefined && { signal: source.signal }) };
    const points = await source.series.range(source.tenantId, { ids }, part, options);
    for (const each of points) sums.get(each.series.id)?.addSamples(each);
    if (part.isInPage) continue;
    const firstAt = new Map(points.map((each) => [each.series.id, each.times[0] ?? part.to]));
    for (const id of ids) {
      const first = firstAt.get(id) ?? part.to;
      // Stores forget from the oldest on: what comes before the first sample's day may be in rollups.
      const to = first >= part.to ? part.to : Math.max(part.from, Math.floor(first / dayMs) * dayMs);
      if (part.from < to) missing.set(id, [...(missing.get(id) ?? []), { from: part.from, to }]);
    }
  }
  return missing;
}

/** Buckets for parts without samples: of the finest resolution that has the day. */
async function addStandIns(
  source: { readonly rollups: RollupStore; readonly tenantId: TenantId; readonly signal: AbortSignal | undefined },
  missing: Map<SeriesId, TimeRange[]>,
  sums: ReadonlyMap<SeriesId, StepSum>,
): Promise<void> {
  for (const resolution of coarseFirst.toReversed()) {
    const ranges = [...missing.values()].flat();
    if (ranges.length === 0) return;
    const hull = { from: Math.min(...ranges.map(({ from }) => from)), to: Math.max(...ranges.map(({ to }) => to)) };
    const series = [...missing.keys()];
    const { tenantId, signal } = source;
    const found = await readRollups(source.rollups, tenantId, {
      resolution,
      series,
      range: hull,
      numbersOnly: true,
      signal,
    });
    for (const [id, parts] of missing) {
      const rolled = found.get(id);
      if (rolled === undefined) continue;
      for (const bucket of rolled.buckets) {
        if (parts.some(({ from, to }) => bucket.at >= from && bucket.at < to)) sums.get(id)?.addBucket(bucket);
      }
      const left = parts.flatMap((part) => withoutDays(part, rolled.days));
      if (left.length === 0) missing.delete(id);
      else missing.set(id, left);
    }
  }
}

/** What is left of a range when some days are taken out. */
function withoutDays({ from, to }: TimeRange, days: ReadonlySet<number>): TimeRange[] {
  const left: { from: number; to: number }[] = [];
  for (let dayAt = Math.floor(from / dayMs) * dayMs; dayAt < to; dayAt += dayMs) {
    if (days.has(dayAt)) continue;
    const part = { from: Math.max(from, dayAt), to: Math.min(to, dayAt + dayMs) };
    const last = left.at(-1);
    if (last?.to === part.from) last.to = part.to;
    else left.push(part);
  }
  return left;
}
