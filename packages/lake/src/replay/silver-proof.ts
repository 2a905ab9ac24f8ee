import type { SeriesId, SeriesRef } from '@heliosiq/model';
import type { SeriesStore, TimeRange } from '@heliosiq/ports';
import { samplesOfBronze, valuesOfBronze, type BronzeSeries } from './bronze-samples.ts';
import { createCanonicalHash, type CanonicalHash } from './canonical-hash.ts';
import { compareSamples, type SampleMismatch } from './compare-samples.ts';
import { createDifferenceList, type Difference, type DifferenceList } from './difference.ts';
import type { OrderedSamples } from './last-wins.ts';
import { catalogueOf, coveredFrom, markInBronze, viewOf, type ProofContext } from './proof-context.ts';
import { nameOfSample } from './series-name.ts';
import { planWindows, type ReplayWindow } from './window-plan.ts';

/** What the comparison of rebuilt with stored samples gave. */
export interface SilverProof {
  readonly samples: number;
  /** Hashes over all samples of the range, as rebuilt from bronze and as stored; to be compared with each other alone. */
  readonly rebuilt: string;
  readonly stored: string;
  readonly differences: DifferenceList;
  /** Samples put right. */
  readonly applied: number;
}

export interface SilverProofOptions {
  readonly series: SeriesStore;
  readonly range: TimeRange;
  /** Put right what is missing or different. What bronze lacks stays: bronze may be what is damaged. */
  readonly applies: boolean;
  /** Samples that are rebuilt at a time, at most, about. Default 1,000,000. */
  readonly windowSamplesMax?: number;
}

const hourMs = 3_600_000;
const seriesAtOnce = 200;

/** A series that is not as bronze says. */
interface Mismatched {
  readonly series: SeriesRef;
  readonly stored: OrderedSamples;
  mismatches: SampleMismatch[];
}

const nothing: OrderedSamples = { times: new Float64Array(), values: new Float64Array() };

/**
 * Rebuilds the samples of a range from bronze, window by window, and compares them with those of the store: each must be
 * there with the value that came last, and no other. What came to the log after the mark may be there or not.
 */
export async function proveSilver(context: ProofContext, options: SilverProofOptions): Promise<SilverProof> {
  const { range, windowSamplesMax = 1_000_000 } = options;
  const plan = { range, lengthMs: 24 * hourMs, lengthMsMin: hourMs / 4, samplesMax: windowSamplesMax };
  const catalogue = await catalogueOf(context);
  const begins = coveredFrom(catalogue);
  // Where bronze has nothing, and need not, there is nothing to compare.
  const windows = planWindows(catalogue, plan).filter(({ samples, range: { to } }) => samples > 0 || to > begins);
  const hashes = { rebuilt: createCanonicalHash(), stored: createCanonicalHash() };
  const differences = createDifferenceList();
  const total = windows.reduce((sum, window) => sum + window.samples, 0);
  let [samples, applied, done] = [0, 0, 0];
  for (const window of windows) {
    const checked = await checkWindow(context, { ...options, window, begins, hashes, differences });
    samples += checked.samples;
    applied += checked.applied;
    done += window.samples;
    context.onProgress(total === 0 ? 1 : done / total);
  }
  return { samples, rebuilt: hashes.rebuilt.digest(), stored: hashes.stored.digest(), differences, applied };
}

interface WindowOptions extends SilverProofOptions {
  readonly window: ReplayWindow;
  /** What the store has of earlier moments and bronze lacks may have come before bronze began. */
  readonly begins: number;
  readonly hashes: { readonly rebuilt: CanonicalHash; readonly stored: CanonicalHash };
  readonly differences: DifferenceList;
}

async function checkWindow(
  context: ProofContext,
  options: WindowOptions,
): Promise<{ readonly samples: number; readonly applied: number }> {
  const { window, begins, hashes, differences, series: store } = options;
  const expected = await samplesOfBronze(viewOf(context, await catalogueOf(context)), window);
  const mismatched = new Map<SeriesId, Mismatched>();
  const ids: SeriesId[] = [];
  for await (const { series, stored } of storedSeries(context, { store, window, expected })) {
    ids.push(series.id);
    const mismatches = compareSamples(expected.get(series.id) ?? nothing, stored).filter(
      ({ at, rebuilt }) => rebuilt !== undefined || at >= begins,
    );
    if (mismatches.length > 0) mismatched.set(series.id, { series, stored, mismatches });
    await context.liveFirst.giveWay();
  }
  await passByLater(context, window, mismatched);
  let samples = 0;
  for (const id of ids) {
    const own = expected.get(id) ?? nothing;
    samples += own.times.length;
    for (const hash of [hashes.rebuilt, hashes.stored]) hash.text(id);
    hashes.rebuilt.samples(own);
    hashes.stored.samples(mismatched.get(id)?.stored ?? own);
  }
  for (const { series, mismatches } of mismatched.values()) {
    for (const mismatch of mismatches) differences.add(differenceOf(series, mismatch));
  }
  return { samples, applied: options.applies ? await apply(context, { store, window, mismatched }) : 0 };
}

/** What the store has of all series that it or bronze has in a window, in the order of their ids. */
async function* storedSeries(
  { tenantId, signal }: ProofContext,
  {
    store,
    window: { range, wantsSeries },
    expected,
  }: {
    readonly store: SeriesStore;
    readonly window: ReplayWindow;
    readonly expected: ReadonlyMap<SeriesId, BronzeSeries>;
  },
): AsyncGenerator<{ readonly series: SeriesRef; readonly stored: OrderedSamples }, void, undefined> {
  const known = new Map<SeriesId, SeriesRef>();
  for (const [id, { series }] of expected) known.set(id, series);
  for await (const page of store.scan(tenantId, {}, range, { pageMax: 1000 })) {
    for (const { series } of page) if (!known.has(series.id) && wantsSeries(series.id)) known.set(series.id, series);
  }
  const all = [...known.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  for (let start = 0; start < all.length; start += seriesAtOnce) {
    const some = all.slice(start, start + seriesAtOnce);
    const ids = some.map(({ id }) => id);
    const points = await store.range(tenantId, { ids }, range, { seriesMax: ids.length, signal });
    const found = new Map(points.map((each) => [each.series.id, each]));
    for (const series of some) {
      const stored = found.get(series.id);
      // A store may name more series than have samples in the range.
      if (stored !== undefined || expected.has(series.id)) yield { series, stored: stored ?? nothing };
    }
  }
}

/** Takes out what came to the log after the mark: the store may have had it when it was read. */
async function passByLater(
  context: ProofContext,
  { range }: ReplayWindow,
  mismatched: Map<SeriesId, Mismatched>,
): Promise<void> {
  if (mismatched.size === 0) return;
  const to = await markInBronze(context);
  const view = viewOf(context, await catalogueOf(context), { from: context.mark, to });
  const later = await valuesOfBronze(view, { range, wantsSeries: (id) => mismatched.has(id) });
  for (const [id, each] of mismatched) {
    const moments = later.get(id);
    each.mismatches = each.mismatches.filter(
      ({ at, stored }) =>
        stored === undefined || !(moments?.get(at)?.some((value) => Object.is(value, stored)) ?? false),
    );
    if (each.mismatches.length === 0) mismatched.delete(id);
  }
}

/** Writes what is missing or different. What came to the log for the same moments meanwhile is written again behind it. */
async function apply(
  context: ProofContext,
  {
    store,
    window,
    mismatched,
  }: {
    readonly store: SeriesStore;
    readonly window: ReplayWindow;
    readonly mismatched: ReadonlyMap<SeriesId, Mismatched>;
  },
): Promise<number> {
  const { tenantId, signal } = context;
  const applied = new Map<SeriesId, { readonly series: SeriesRef; readonly moments: ReadonlyMap<number, number> }>();
  for (const [id, { series, mismatches }] of mismatched) {
    const moments = new Map(mismatches.flatMap(({ at, rebuilt }) => (rebuilt === undefined ? [] : [[at, rebuilt]])));
    if (moments.size > 0) applied.set(id, { series, moments });
  }
  if (applied.size === 0) return 0;
  await append([...applied.values()]);
  const to = await markInBronze(context);
  const view = viewOf(context, await catalogueOf(context), { from: context.mark, to });
  const later = await valuesOfBronze(view, { range: window.range, wantsSeries: (id) => applied.has(id) });
  const again = [...later].flatMap(([id, values]) => {
    const own = applied.get(id);
    const moments = new Map(
      [...values].flatMap(([at, all]) => {
        const last = all.at(-1);
        return own?.moments.has(at) === true && last !== undefined ? [[at, last]] : [];
      }),
    );
    return own === undefined || moments.size === 0 ? [] : [{ series: own.series, moments }];
  });
  await append(again);
  return [...applied.values()].reduce((sum, { moments }) => sum + moments.size, 0);

  async function append(
    changes: readonly { readonly series: SeriesRef; readonly moments: ReadonlyMap<number, number> }[],
  ): Promise<void> {
    for (let start = 0; start < changes.length; start += seriesAtOnce) {
      signal.throwIfAborted();
      const blocks = changes
        .slice(start, start + seriesAtOnce)
        .map(({ series, moments }) => ({ series, times: [...moments.keys()], values: [...moments.values()] }));
      await store.append(tenantId, blocks);
      await context.liveFirst.giveWay();
    }
  }
}

function differenceOf(series: SeriesRef, { at, rebuilt, stored }: SampleMismatch): Difference {
  return {
    kind: stored === undefined ? 'missing' : rebuilt === undefined ? 'extra' : 'different',
    what: nameOfSample(series, at),
    ...(rebuilt === undefined ? {} : { rebuilt: String(rebuilt) }),
    ...(stored === undefined ? {} : { stored: String(stored) }),
  };
}
