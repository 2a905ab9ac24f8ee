import type { SeriesId, SeriesRef } from '@heliosiq/model';
import { isSampleColumns, type SampleColumns } from '@heliosiq/model/sample-columns.ts';
import { createSampleGathering } from '@heliosiq/model/sample-gathering.ts';
import type { TimeRange } from '@heliosiq/ports';
import { decodeSignalRecord } from '../signal-record.ts';
import { viewBronze, type BronzeViewOptions, type ViewedRecord } from './bronze-view.ts';
import { lastWins, type OrderedSamples } from './last-wins.ts';

/** Samples of one series as bronze has them. */
export interface BronzeSeries extends OrderedSamples {
  readonly series: SeriesRef;
}

/** Which samples. */
export interface SampleQuestion {
  readonly range: TimeRange;
  readonly wantsSeries: (id: SeriesId) => boolean;
  /** Reads a batch of samples; undefined for one that the stage rejects. Default: as the lake does. */
  readonly decode?: (bytes: Uint8Array) => SampleColumns | undefined;
}

/** Samples of some records. */
interface NamedColumns {
  /** Series by their places. */
  readonly named: readonly SeriesRef[];
  readonly places: Float64Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** The samples of a range of time and of some series, by series: what a store should hold of them. */
export async function samplesOfBronze(
  options: BronzeViewOptions,
  question: SampleQuestion,
): Promise<ReadonlyMap<SeriesId, BronzeSeries>> {
  const gathering = createSampleGathering();
  let named: readonly SeriesRef[] = [];
  for await (const columns of columnsOfBronze(options, question)) {
    named = columns.named;
    gathering.add({ refs: columns.places, times: columns.times, values: columns.values });
  }
  const found = new Map<SeriesId, BronzeSeries>();
  for await (const part of gathering.bySeries(1000, () => options.liveFirst.giveWay())) {
    for (const { ref, times, values } of part) {
      const series = named[ref];
      if (series !== undefined) found.set(series.id, { series, ...lastWins(times, values) });
    }
  }
  return found;
}

/** All values that came for each moment, in their order, by series: what a store may have held meanwhile. */
export async function valuesOfBronze(
  options: BronzeViewOptions,
  question: SampleQuestion,
): Promise<ReadonlyMap<SeriesId, ReadonlyMap<number, readonly number[]>>> {
  const found = new Map<SeriesId, Map<number, number[]>>();
  for await (const { named, places, times, values } of columnsOfBronze(options, question)) {
    for (const [row, place] of places.entries()) {
      const id = named[place]?.id;
      if (id === undefined) continue;
      const moments = found.get(id) ?? new Map<number, number[]>();
      found.set(id, moments);
      const at = times[row] ?? 0;
      const seen = moments.get(at) ?? [];
      moments.set(at, seen);
      seen.push(values[row] ?? 0);
    }
  }
  return found;
}

/** The samples of a range of time and of some series, record by record, in the order of the log. */
export async function* columnsOfBronze(
  options: BronzeViewOptions,
  question: SampleQuestion,
): AsyncGenerator<NamedColumns, void, undefined> {
  const { range, wantsSeries } = question;
  const named: SeriesRef[] = [];
  const placeOfId = new Map<SeriesId, number>();
  let stream: ReadonlyMap<number, SeriesRef> | undefined;
  let places = new Map<number, number>();

  /** The place of a series here; -1 for one that is not asked for, undefined for one that nobody knows. */
  function placeOf(ref: number, series: ReadonlyMap<number, SeriesRef>): number | undefined {
    const known = places.get(ref);
    if (known !== undefined) return known;
    const found = series.get(ref);
    if (found === undefined) return undefined;
    let place = wantsSeries(found.id) ? placeOfId.get(found.id) : -1;
    if (place === undefined) {
      place = named.push(found) - 1;
      placeOfId.set(found.id, place);
    }
    places.set(ref, place);
    return place;
  }

  const wants: BronzeViewOptions['wants'] = (segment) => {
    const { times } = segment.content;
    return times !== null && times.first < range.to && times.last >= range.from && (options.wants?.(segment) ?? true);
  };
  for await (const viewed of viewBronze({ ...options, wants })) {
    if (viewed.series !== stream) {
      // Another stream: its numbers may be those of another database.
      stream = viewed.series;
      places = new Map();
    }
    const columns = columnsOf(viewed, (ref) => placeOf(ref, viewed.series), question);
    if (columns !== undefined) yield { named, ...columns };
  }
}

/** The samples of a record that are asked for; none of one that the stage rejects. */
function columnsOf(
  { record }: ViewedRecord,
  placeOf: (ref: number) => number | undefined,
  { range: { from, to }, decode = decodeAsLake }: SampleQuestion,
) {
  if (!isSampleColumns(record.value)) return undefined;
  const columns = decode(record.value);
  if (columns === undefined) return undefined;
  const { refs, times, values } = columns;
  // What is kept moves to the front of the columns themselves.
  let count = 0;
  let lastRef = Number.NaN;
  let place: number | undefined;
  for (let row = 0; row < refs.length; row += 1) {
    const ref = refs[row] ?? 0;
    if (ref !== lastRef) {
      place = placeOf(ref);
      lastRef = ref;
    }
    if (place === undefined) return undefined;
    const at = times[row] ?? 0;
    if (place < 0 || at < from || at >= to) continue;
    refs[count] = place;
    times[count] = at;
    values[count] = values[row] ?? 0;
    count += 1;
  }
  if (count === 0) return undefined;
  if (count === refs.length) return { places: refs, times, values };
  return { places: refs.slice(0, count), times: times.slice(0, count), values: values.slice(0, count) };
}

function decodeAsLake(bytes: Uint8Array): SampleColumns | undefined {
  const decoded = decodeSignalRecord(bytes);
  return decoded.ok && decoded.value.kind === 'samples' ? decoded.value.columns : undefined;
}
