import type { SampleColumns } from './sample-columns.ts';

/** A batch of samples as gathered. */
export interface GatheredBatch {
  /** Numbers of the series that no earlier batch had. */
  readonly newRefs: readonly number[];
}

/** The samples of one series, in the order in which they were gathered. */
export interface SeriesSamples {
  readonly ref: number;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** Lets others have their turn: undefined while the work may go on, else a promise to wait for. */
export type Breathe = () => Promise<void> | undefined;

/**
 * Gathers batches of samples of many series and hands them out series by series.
 * It holds twenty bytes a sample until `bySeries` copies times and values into their order, and sixteen from then on.
 */
export interface SampleGathering {
  /** To be called before the first `bySeries`. */
  add(columns: SampleColumns): GatheredBatch;
  /** Takes a batch back, e.g. because one of its series is unknown; before the first `bySeries`. */
  remove(batch: GatheredBatch): void;
  /** The number of each sample's series, in the order of the batch. */
  refsOf(batch: GatheredBatch): readonly number[];
  readonly samples: number;
  /**
   * The samples of every series that has any, at most `seriesMax` series at a time, in ascending order of their numbers.
   * `breathe` is called between short steps. Can be called again, one call after the other.
   */
  bySeries(seriesMax: number, breathe: Breathe): AsyncGenerator<SeriesSamples[], void, undefined>;
}

interface Held {
  readonly batch: GatheredBatch;
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** The place of each sample's series in the gathering. */
  readonly places: Int32Array;
}

/** All samples in the order of their series. */
interface Sorted {
  /** The series' places in ascending order of their numbers. */
  readonly order: Int32Array;
  /** By place, where the series' samples end. */
  readonly ends: Int32Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

export function createSampleGathering(): SampleGathering {
  const placeOf = new Map<number, number>();
  const refs: number[] = [];
  const counts: number[] = [];
  let held: Held[] = [];
  let samples = 0;
  let sorted: Sorted | undefined;

  function newPlace(ref: number): number {
    const place = refs.length;
    placeOf.set(ref, place);
    refs.push(ref);
    counts.push(0);
    return place;
  }

  async function sort(breathe: Breathe): Promise<Sorted> {
    const order = Int32Array.from(refs.keys()).sort((a, b) => (refs[a] ?? 0) - (refs[b] ?? 0));
    // A counting sort: where each series begins, then every sample behind the earlier ones of its series.
    const ends = new Int32Array(refs.length);
    let end = 0;
    for (const place of order) {
      ends[place] = end;
      end += counts[place] ?? 0;
    }
    const times = new Float64Array(samples);
    const values = new Float64Array(samples);
    for (const { places, ...columns } of held) {
      for (let row = 0; row < places.length; row += 1) {
        const place = places[row] ?? 0;
        const at = ends[place] ?? 0;
        times[at] = columns.times[row] ?? 0;
        values[at] = columns.values[row] ?? 0;
        ends[place] = at + 1;
      }
      await breathe();
    }
    return { order, ends, times, values };
  }

  return {
    add(columns) {
      const places = new Int32Array(columns.refs.length);
      const firstNew = refs.length;
      for (let row = 0; row < places.length; row += 1) {
        const ref = columns.refs[row] ?? 0;
        const place = placeOf.get(ref) ?? newPlace(ref);
        places[row] = place;
        counts[place] = (counts[place] ?? 0) + 1;
      }
      const batch = { newRefs: refs.slice(firstNew) };
      held.push({ batch, times: columns.times, values: columns.values, places });
      samples += places.length;
      return batch;
    },

    remove(batch) {
      const found = held.find((one) => one.batch === batch);
      if (found === undefined) return;
      held = held.filter((one) => one !== found);
      for (const place of found.places) counts[place] = (counts[place] ?? 0) - 1;
      samples -= found.places.length;
    },

    refsOf(batch) {
      const found = held.find((one) => one.batch === batch);
      return Array.from(found?.places ?? [], (place) => refs[place] ?? 0);
    },

    get samples() {
      return samples;
    },

    async *bySeries(seriesMax, breathe) {
      sorted ??= await sort(breathe);
      held = [];
      const { order, ends, times, values } = sorted;
      let part: SeriesSamples[] = [];
      for (const place of order) {
        const to = ends[place] ?? 0;
        const from = to - (counts[place] ?? 0);
        if (from === to) continue;
        part.push({ ref: refs[place] ?? 0, times: times.subarray(from, to), values: values.subarray(from, to) });
        if (part.length < seriesMax) continue;
        yield part;
        part = [];
      }
      if (part.length > 0) yield part;
    },
  };
}
