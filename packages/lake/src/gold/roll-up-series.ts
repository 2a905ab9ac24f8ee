import { HeliosError, type SeriesId, type TenantId } from '@heliosiq/model';
import type { Pacer, RollupResolution, RollupStore, RollupWrite, SeriesStore } from '@heliosiq/ports';
import { renewPage, rollUpDay } from './day-rollup.ts';
import { pageRange } from './rollup-page.ts';

export interface RollUpDeps {
  readonly series: SeriesStore;
  readonly rollups: RollupStore;
  readonly pacer: Pacer;
  /** Called for each page that could not be read and was made anew. */
  readonly onDamage?: (damage: RollupDamage) => void;
}

/** A page of rollups whose bytes were damaged. */
export interface RollupDamage {
  readonly resolution: RollupResolution;
  readonly seriesId: SeriesId;
  /** The page's first moment, milliseconds since the epoch. */
  readonly startAt: number;
  /** First moments of the days that it lost: samples answer for them as long as there are any. */
  readonly lostDays: readonly number[];
}

export interface RollUpWork {
  /** The day's first moment (UTC), milliseconds since the epoch. */
  readonly dayAt: number;
  readonly series: readonly SeriesId[];
  readonly signal: AbortSignal;
}

/** What was done. */
export interface RolledUp {
  readonly samples: number;
  readonly pages: number;
}

const dayMs = 86_400_000;
const resolutions = ['minute', 'hour', 'day'] as const satisfies readonly RollupResolution[];
/** Series that are read at once at first; then as many as bring about `samplesAtOnce`. */
const seriesAtFirst = 8;
const seriesAtMost = 64;
const samplesAtOnce = 500_000;
/** Another writer can only be one that rolls up the same page: it needs no patience of years. */
const attemptsMax = 5;

/**
 * Rolls up one day of some series from their stored samples and writes the pages of all resolutions. Doing it again writes
 * the same. Aborts between series; what was written until then stays.
 */
export async function rollUpSeries(deps: RollUpDeps, tenantId: TenantId, work: RollUpWork): Promise<RolledUp> {
  let [samples, pages] = [0, 0];
  let atOnce = seriesAtFirst;
  for (let start = 0; start < work.series.length;) {
    const some = work.series.slice(start, start + atOnce);
    const done = await rollUpSome(deps, tenantId, { ...work, series: some });
    samples += done.samples;
    pages += done.pages;
    start += some.length;
    const each = Math.max(1, done.samples / some.length);
    atOnce = Math.max(1, Math.min(seriesAtMost, Math.floor(samplesAtOnce / each)));
    await deps.pacer.giveWay();
  }
  return { samples, pages };
}

async function rollUpSome(deps: RollUpDeps, tenantId: TenantId, work: RollUpWork): Promise<RolledUp> {
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const done = await tryRollUp(deps, tenantId, work);
    if (done !== undefined) return done;
  }
  throw new HeliosError('unavailable', 'Rollup pages were changed by another program again and again');
}

/** Undefined when another writer was faster: what it wrote must be read first. */
async function tryRollUp(
  { series, rollups, pacer, onDamage }: RollUpDeps,
  tenantId: TenantId,
  { dayAt, series: ids, signal }: RollUpWork,
): Promise<RolledUp | undefined> {
  signal.throwIfAborted();
  // Pages first: a sample that is written between is then in what is read after them, or its stretch stays unsettled.
  const before = new Map<string, { readonly days: number; readonly bytes: Uint8Array; readonly revision: number }>();
  for (const resolution of resolutions) {
    const { from, to } = pageRange(resolution, dayAt);
    const found = await rollups.read(tenantId, { resolution, series: ids, range: { from, to } }, { signal });
    for (const page of found) before.set(`${resolution} ${page.seriesId}`, page);
  }
  const day = { from: dayAt, to: dayAt + dayMs };
  const points = await series.range(tenantId, { ids }, day, { seriesMax: ids.length, signal });
  const bySeries = new Map(points.map((each) => [each.series.id, each]));
  const writes: RollupWrite[] = [];
  const damages: RollupDamage[] = [];
  let samples = 0;
  for (const seriesId of ids) {
    const found = bySeries.get(seriesId);
    const rolled = rollUpDay(dayAt, found ?? { times: [], values: [] });
    samples += found?.times.length ?? 0;
    for (const resolution of resolutions) {
      const old = before.get(`${resolution} ${seriesId}`);
      // Nothing becomes of nothing.
      if (found === undefined && old === undefined) continue;
      const page = renewPage(old, rolled, resolution);
      if (page === undefined) continue;
      if (old !== undefined && old.days === page.days && isSame(old.bytes, page.bytes)) continue;
      const { lostDays, ...content } = page;
      writes.push({ ...content, resolution, seriesId, replaces: old?.revision ?? 0 });
      if (lostDays !== undefined) damages.push({ resolution, seriesId, startAt: page.startAt, lostDays });
    }
    await pacer.giveWay();
  }
  if (writes.length > 0 && !(await rollups.put(tenantId, writes))) return undefined;
  for (const damage of damages) onDamage?.(damage);
  return { samples, pages: writes.length };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
