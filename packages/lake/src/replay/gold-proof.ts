import { HeliosError, type SeriesId } from '@heliosiq/model';
import type {
  RollupPage,
  RollupResolution,
  RollupStore,
  SeriesChanges,
  StoredRollupPage,
  TimeRange,
} from '@heliosiq/ports';
import { renewPage, rolledDays, rollUpDay, type DayRollup, type PageBefore } from '../gold/day-rollup.ts';
import { decodeRollupPage, encodeRollupPage, pageRange } from '../gold/rollup-page.ts';
import { samplesOfBronze, type BronzeSeries } from './bronze-samples.ts';
import { createCanonicalHash } from './canonical-hash.ts';
import { createDifferenceList, type DifferenceList } from './difference.ts';
import { catalogueOf, markInBronze, viewOf, type ProofContext } from './proof-context.ts';
import { nameOfSample } from './series-name.ts';
import { planWindows, type ReplayWindow } from './window-plan.ts';

/** What the comparison of rebuilt with stored rollups gave. */
export interface GoldProof {
  /** Days of series that were rolled up and are compared, by resolution. */
  readonly days: number;
  /** Days of series that are not rolled up yet. */
  readonly waiting: number;
  readonly rebuilt: string;
  readonly stored: string;
  readonly differences: DifferenceList;
  readonly applied: number;
  /** Days outside of the range that a damaged page held, in words: a new page begins with the days of the range alone. */
  readonly lost: readonly string[];
}

export interface GoldProofOptions {
  readonly rollups: RollupStore;
  /** Tells what is still to be rolled up. */
  readonly changes?: SeriesChanges | undefined;
  /** Days (UTC) that lie in it whole are looked at. */
  readonly range: TimeRange;
  readonly applies: boolean;
  /** Samples that are rebuilt at a time, at most, about. Default 1,000,000. */
  readonly windowSamplesMax?: number;
}

const dayMs = 86_400_000;
const resolutions = ['minute', 'hour', 'day'] as const satisfies readonly RollupResolution[];
const seriesAtOnce = 200;

/** Stretches that wait to be rolled up, as far as they are looked at. */
const stretchesMax = 10_000;

/** Another writer of a page was faster so many times. */
const attemptsMax = 5;

/** The range without the days that it cuts. */
export function wholeDays({ from, to }: TimeRange): TimeRange {
  return { from: Math.ceil(from / dayMs) * dayMs, to: Math.floor(to / dayMs) * dayMs };
}

/** Rolls up every whole day of a range again from bronze and compares the buckets with those of the store, bit for bit. */
export async function proveGold(context: ProofContext, options: GoldProofOptions): Promise<GoldProof> {
  const range = wholeDays(options.range);
  const totals = { days: 0, waiting: 0, applied: 0 };
  const hashes = { rebuilt: createCanonicalHash(), stored: createCanonicalHash() };
  const differences = createDifferenceList();
  const lost = new Map<string, string>();
  const samplesMax = options.windowSamplesMax ?? 1_000_000;
  const windows =
    range.from < range.to
      ? planWindows(await catalogueOf(context), { range, lengthMs: dayMs, lengthMsMin: dayMs, samplesMax })
      : [];
  for (const [index, window] of windows.entries()) {
    // A stretch in which bronze has nothing is longer than a day, and has nothing to roll up.
    if (window.samples > 0) await checkDay({ ...options, window, totals, hashes, differences, lost }, context);
    context.onProgress((index + 1) / windows.length);
  }
  const digests = { rebuilt: hashes.rebuilt.digest(), stored: hashes.stored.digest() };
  return { ...totals, ...digests, differences, lost: [...lost.values()] };
}

const nothing = new Uint8Array();

interface DayOptions extends GoldProofOptions {
  readonly window: ReplayWindow;
  readonly totals: { days: number; waiting: number; applied: number };
  readonly hashes: Record<'rebuilt' | 'stored', ReturnType<typeof createCanonicalHash>>;
  readonly differences: DifferenceList;
  /** Days whose page was damaged and has been begun anew without them, in words by what they are. */
  readonly lost: Map<string, string>;
}

/** One day of one series in one resolution, as rebuilt and as stored. */
interface CheckedDay {
  readonly own: BronzeSeries;
  readonly resolution: RollupResolution;
  readonly rebuilt: Uint8Array;
  /** Undefined when the page cannot be read, `unrolled` when the day is not rolled up. */
  stored: Uint8Array | 'unrolled' | undefined;
}

async function checkDay(options: DayOptions, context: ProofContext): Promise<void> {
  const { window, totals, hashes, differences } = options;
  const dayAt = window.range.from;
  const expected = await samplesOfBronze(viewOf(context, await catalogueOf(context)), window);
  const checked: CheckedDay[] = [];
  const ids = [...expected.keys()].sort();
  for (let start = 0; start < ids.length; start += seriesAtOnce) {
    const some = ids.slice(start, start + seriesAtOnce).flatMap((id) => expected.get(id) ?? []);
    for (const resolution of resolutions) {
      const stored = await storedDays(context, options, { dayAt, resolution, series: some });
      for (const own of some) {
        const found = stored.get(own.series.id);
        const rebuilt = found === 'unrolled' ? nothing : bytesOfDay(rollUpDay(dayAt, own), resolution);
        checked.push({ own, resolution, rebuilt, stored: found });
        await context.liveFirst.giveWay();
      }
    }
  }
  const waiting = await waitingAmong(context, options, checked);
  for (const day of checked) {
    const { own, resolution, rebuilt, stored } = day;
    if (stored === 'unrolled' || waiting.has(day)) {
      totals.waiting += 1;
      continue;
    }
    totals.days += 1;
    const what = keyOf(own.series.id, resolution, dayAt);
    hashes.rebuilt.text(`${what} ${textOf(rebuilt)}`);
    hashes.stored.text(`${what} ${textOf(stored)}`);
    if (isSame(day)) continue;
    const kind = stored === undefined ? 'damaged' : 'different';
    differences.add({ kind, what: `${nameOfSample(own.series, dayAt)} by ${resolution}` });
    if (!options.applies) continue;
    const rolled = rollUpDay(dayAt, own);
    if (!(await apply(context, options, { own, rolled, resolution }))) continue;
    totals.applied += 1;
    options.lost.delete(what);
  }
}

function keyOf(seriesId: SeriesId, resolution: RollupResolution, dayAt: number): string {
  return `${seriesId} ${resolution} ${dayAt}`;
}

function isSame({ rebuilt, stored }: CheckedDay): boolean {
  return stored instanceof Uint8Array && Buffer.compare(rebuilt, stored) === 0;
}

function textOf(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? 'damaged' : Buffer.from(bytes).toString('base64');
}

/**
 * The day's part of the pages of some series; of those without a page, or whose page does not have the day, `unrolled`, unless
 * it had the day before its page was begun anew.
 */
async function storedDays(
  { tenantId, signal }: ProofContext,
  { rollups, lost }: DayOptions,
  {
    dayAt,
    resolution,
    series,
  }: { readonly dayAt: number; readonly resolution: RollupResolution; readonly series: readonly BronzeSeries[] },
): Promise<Map<SeriesId, CheckedDay['stored']>> {
  const found = new Map(
    series.map(({ series: { id } }): [SeriesId, CheckedDay['stored']] => [
      id,
      lost.has(keyOf(id, resolution, dayAt)) ? undefined : 'unrolled',
    ]),
  );
  const range = { from: dayAt, to: dayAt + dayMs };
  const pages = await rollups.read(tenantId, { resolution, series: [...found.keys()], range }, { signal });
  for (const page of pages) if (rolledDays(page).includes(dayAt)) found.set(page.seriesId, storedDay(page, dayAt));
  return found;
}

/**
 * The days that differ because they are to be rolled up again: samples were written since, or came to the log after the
 * mark. Those that were rolled up meanwhile are read once more.
 */
async function waitingAmong(
  context: ProofContext,
  options: DayOptions,
  checked: readonly CheckedDay[],
): Promise<ReadonlySet<CheckedDay>> {
  const suspects = checked.filter((day) => day.stored !== 'unrolled' && !isSame(day));
  if (suspects.length === 0) return new Set();
  const { window, changes } = options;
  const dayAt = window.range.from;
  const changed = new Set<SeriesId>();
  const until = Number.MAX_SAFE_INTEGER;
  for (const { from, to, series } of (await changes?.changed(context.tenantId, { limit: stretchesMax, until })) ?? []) {
    if (from < dayAt + dayMs && to > dayAt) for (const id of series) changed.add(id);
  }
  const mark = await markInBronze(context);
  const view = viewOf(context, await catalogueOf(context), { from: context.mark, to: mark });
  for (const id of (await samplesOfBronze(view, window)).keys()) changed.add(id);
  const waiting = new Set<CheckedDay>();
  for (const day of suspects) {
    const again = await storedDays(context, options, { dayAt, resolution: day.resolution, series: [day.own] });
    day.stored = again.get(day.own.series.id);
    if (!isSame(day) && changed.has(day.own.series.id)) waiting.add(day);
  }
  return waiting;
}

/** The day's part of a page as bytes of its own; undefined when the page is damaged. */
function storedDay(page: StoredRollupPage, dayAt: number): Uint8Array | undefined {
  try {
    const { buckets, quality } = decodeRollupPage(page.bytes, page);
    const isOfDay = (at: number): boolean => at >= dayAt && at < dayAt + dayMs;
    const part = {
      buckets: buckets.filter(({ at }) => isOfDay(at)),
      quality: quality.filter((each) => isOfDay(each.dayAt)),
    };
    return encodeRollupPage(part, page);
  } catch (error) {
    if (!(error instanceof HeliosError)) throw error;
    return undefined;
  }
}

function bytesOfDay({ dayAt, buckets, quality }: DayRollup, resolution: RollupResolution): Uint8Array {
  const { from: startAt } = pageRange(resolution, dayAt);
  const ofDay = resolution === 'day' && quality !== undefined ? [quality] : [];
  return encodeRollupPage({ buckets: buckets[resolution], quality: ofDay }, { resolution, startAt });
}

/**
 * Puts a day into its page in place of what the page had of it. A page that cannot be read begins anew with this day: its
 * other days are noted as lost until they are replayed themselves.
 */
async function apply(
  { tenantId }: ProofContext,
  { rollups, lost }: DayOptions,
  {
    own,
    rolled,
    resolution,
  }: { readonly own: BronzeSeries; readonly rolled: DayRollup; readonly resolution: RollupResolution },
): Promise<boolean> {
  const seriesId = own.series.id;
  const range = { from: rolled.dayAt, to: rolled.dayAt + dayMs };
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const [page] = await rollups.read(tenantId, { resolution, series: [seriesId], range });
    const renewed = renewPage(withoutDay(page, rolled.dayAt), rolled, resolution);
    if (renewed === undefined) return false;
    const { lostDays = [], ...content } = renewed;
    const write: RollupPage = { ...content, resolution, seriesId };
    if (!(await rollups.put(tenantId, [{ ...write, replaces: page?.revision ?? 0 }]))) continue;
    for (const day of lostDays) {
      lost.set(keyOf(seriesId, resolution, day), `${nameOfSample(own.series, day)} by ${resolution}`);
    }
    return true;
  }
  throw new HeliosError('unavailable', 'Rollup pages were changed by another program again and again');
}

/** A page without one of its days, which may be wrong; as it is when it cannot be read, undefined when there is none. */
function withoutDay(page: StoredRollupPage | undefined, dayAt: number): PageBefore | undefined {
  if (page === undefined) return undefined;
  try {
    const { buckets, quality } = decodeRollupPage(page.bytes, page);
    const isOfDay = (at: number): boolean => at >= dayAt && at < dayAt + dayMs;
    const rest = {
      buckets: buckets.filter(({ at }) => !isOfDay(at)),
      quality: quality.filter((each) => !isOfDay(each.dayAt)),
    };
    return { days: page.days, bytes: encodeRollupPage(rest, page) };
  } catch (error) {
    if (!(error instanceof HeliosError)) throw error;
    return page;
  }
}
