import { accepted, rejected } from '@heliosiq/model';
import type { Outcome } from '@heliosiq/model';
import { classicSamplesOf } from '../intake/exponential-histogram.ts';
import type { BucketRun, ClassicSample } from '../intake/exponential-histogram.ts';
import {
  expectType,
  malformed,
  readDouble,
  readInt64,
  readLength,
  readVarint,
  readZigzag,
  skipField,
  wireType,
} from './wire-cursor.ts';
import type { WireCursor } from './wire-cursor.ts';

/** A native histogram as a classic one. */
export interface ReadHistogram {
  readonly at: number;
  /** The mark by which a sender ends a series: there is no measurement. */
  readonly isStale: boolean;
  /** Rejected when spans, counts and bounds do not fit together. */
  readonly samples: Outcome<readonly ClassicSample[], string>;
}

interface Spans {
  readonly offsets: number[];
  readonly lengths: number[];
}

interface WireHistogram {
  count: number;
  sum: number;
  isStale: boolean;
  schema: number;
  zeroThreshold: number;
  zeroCount: number;
  at: number;
  readonly negativeSpans: Spans;
  readonly negativeDeltas: number[];
  readonly negativeCounts: number[];
  readonly positiveSpans: Spans;
  readonly positiveDeltas: number[];
  readonly positiveCounts: number[];
  readonly customBounds: number[];
}

/** Schema of histograms with bounds of their own; -4 to 8 are exponential. */
const customSchema = -53;
/** Beyond this a histogram would be more series than it can be worth. */
const customBoundsMax = 500;
/** Far above what any sender makes; bounds the memory that a body can claim. */
const bucketsMax = 20_000;

/**
 * Reads a `Histogram`, which has the same fields in remote write 1.0 and 2.0
 * (https://prometheus.io/docs/specs/native_histograms/).
 */
export function readNativeHistogram(cursor: WireCursor, end: number): ReadHistogram {
  const histogram = readFields(cursor, end);
  const { at, isStale, schema } = histogram;
  const samples = isStale ? accepted([]) : schema === customSchema ? customSamples(histogram) : exponential(histogram);
  return { at, isStale, samples };
}

function exponential(histogram: WireHistogram): Outcome<readonly ClassicSample[], string> {
  const { schema, zeroCount, zeroThreshold, sum, count } = histogram;
  if (schema < -4 || schema > 8) return rejected(`the schema ${schema} is unknown`);
  const positive = runsOf(histogram.positiveSpans, histogram.positiveDeltas, histogram.positiveCounts);
  const negative = runsOf(histogram.negativeSpans, histogram.negativeDeltas, histogram.negativeCounts);
  if (!positive.ok) return positive;
  if (!negative.ok) return negative;
  // Prometheus numbers a bucket by its upper bound, one above the lower one that counts here.
  const fromLower = ({ offset, counts }: BucketRun): BucketRun => ({ offset: offset - 1, counts });
  return accepted(
    classicSamplesOf({
      scale: schema,
      zeroCount,
      zeroThreshold,
      positive: positive.value.map(fromLower),
      negative: negative.value.map(fromLower),
      sum,
      count,
    }),
  );
}

function customSamples(histogram: WireHistogram): Outcome<readonly ClassicSample[], string> {
  const { customBounds, count, sum } = histogram;
  if (customBounds.length > customBoundsMax) return rejected(`it has more than ${customBoundsMax} bounds`);
  const runs = runsOf(histogram.positiveSpans, histogram.positiveDeltas, histogram.positiveCounts);
  if (!runs.ok) return runs;
  const counts = new Float64Array(customBounds.length + 1);
  for (const { offset, counts: own } of runs.value) {
    if (offset < 0 || offset + own.length > counts.length) return rejected('a span lies outside its bounds');
    counts.set(Array.from(own), offset);
  }
  const samples: ClassicSample[] = [
    { suffix: '_count', value: count },
    { suffix: '_sum', value: sum },
  ];
  let total = 0;
  for (const [place, bound] of customBounds.entries()) {
    if (!(bound > (customBounds[place - 1] ?? Number.NEGATIVE_INFINITY))) return rejected('its bounds do not ascend');
    total += counts[place] ?? 0;
    if (bound !== Number.POSITIVE_INFINITY) samples.push({ suffix: '_bucket', le: String(bound), value: total });
  }
  samples.push({ suffix: '_bucket', le: '+Inf', value: count });
  return accepted(samples);
}

/** The buckets of all spans with absolute counts: those of integer histograms travel as differences. */
function runsOf(
  spans: Spans,
  deltas: readonly number[],
  absolute: readonly number[],
): Outcome<readonly BucketRun[], string> {
  const given = absolute.length > 0 ? absolute : deltas;
  const runs: BucketRun[] = [];
  let place = 0;
  let index = 0;
  let count = 0;
  for (const [span, length] of spans.lengths.entries()) {
    index += spans.offsets[span] ?? 0;
    if (place + length > given.length) return rejected('it has fewer counts than buckets');
    const counts: number[] = [];
    for (let step = 0; step < length; step += 1) {
      const next = given[place + step] ?? 0;
      count = absolute.length > 0 ? next : count + next;
      if (!(count >= 0)) return rejected('a bucket has a negative count');
      counts.push(count);
    }
    runs.push({ offset: index, counts });
    index += length;
    place += length;
  }
  return place === given.length ? accepted(runs) : rejected('it has more counts than buckets');
}

function readFields(cursor: WireCursor, end: number): WireHistogram {
  const histogram: WireHistogram = {
    count: 0,
    sum: 0,
    isStale: false,
    schema: 0,
    zeroThreshold: 0,
    zeroCount: 0,
    at: 0,
    negativeSpans: { offsets: [], lengths: [] },
    negativeDeltas: [],
    negativeCounts: [],
    positiveSpans: { offsets: [], lengths: [] },
    positiveDeltas: [],
    positiveCounts: [],
    customBounds: [],
  };
  while (cursor.at < end) {
    const tag = readVarint(cursor);
    readField(cursor, { field: tag >>> 3, type: tag & 7, end }, histogram);
  }
  return histogram;
}

interface FieldPlace {
  readonly field: number;
  readonly type: number;
  readonly end: number;
}

function readField(cursor: WireCursor, place: FieldPlace, histogram: WireHistogram): void {
  const { field, type, end } = place;
  const number = (expected: number, read: (from: WireCursor) => number): number => {
    expectType(type, expected);
    return read(cursor);
  };
  if (field === 1) histogram.count = number(wireType.varint, readVarint);
  else if (field === 2) histogram.count = number(wireType.fixed64, readDouble);
  else if (field === 3) {
    histogram.isStale = isStaleMarkerAt(cursor);
    histogram.sum = number(wireType.fixed64, readDouble);
  } else if (field === 4) histogram.schema = number(wireType.varint, readZigzag);
  else if (field === 5) histogram.zeroThreshold = number(wireType.fixed64, readDouble);
  else if (field === 6) histogram.zeroCount = number(wireType.varint, readVarint);
  else if (field === 7) histogram.zeroCount = number(wireType.fixed64, readDouble);
  else if (field === 8) readSpan(cursor, place, histogram.negativeSpans);
  else if (field === 9) readNumbers(cursor, place, { into: histogram.negativeDeltas, read: readZigzag });
  else if (field === 10) readNumbers(cursor, place, { into: histogram.negativeCounts, read: readDouble });
  else if (field === 11) readSpan(cursor, place, histogram.positiveSpans);
  else if (field === 12) readNumbers(cursor, place, { into: histogram.positiveDeltas, read: readZigzag });
  else if (field === 13) readNumbers(cursor, place, { into: histogram.positiveCounts, read: readDouble });
  else if (field === 15) histogram.at = number(wireType.varint, readInt64);
  else if (field === 16) readNumbers(cursor, place, { into: histogram.customBounds, read: readDouble });
  else skipField(cursor, type, end);
}

/** True where the next eight bytes are the NaN that ends a series. */
function isStaleMarkerAt({ bytes, view, at }: WireCursor): boolean {
  return at + 8 <= bytes.length && view.getUint32(at, true) === 2 && view.getUint32(at + 4, true) === 0x7ff00000;
}

function readSpan(cursor: WireCursor, { type, end }: FieldPlace, spans: Spans): void {
  expectType(type, wireType.lengthDelimited);
  const spanEnd = readLength(cursor, end);
  let offset = 0;
  let length = 0;
  while (cursor.at < spanEnd) {
    const tag = readVarint(cursor);
    if (tag >>> 3 === 1) offset = readZigzag(cursor);
    else if (tag >>> 3 === 2) length = readVarint(cursor);
    else skipField(cursor, tag & 7, spanEnd);
  }
  if (spans.offsets.length >= bucketsMax) throw malformed('a histogram has too many spans');
  spans.offsets.push(offset);
  spans.lengths.push(length);
}

/** Repeated numbers come packed into one field, or each in a field of its own. */
function readNumbers(
  cursor: WireCursor,
  { type, end }: FieldPlace,
  { into, read }: { readonly into: number[]; readonly read: (from: WireCursor) => number },
): void {
  const numbersEnd = type === wireType.lengthDelimited ? readLength(cursor, end) : cursor.at + 1;
  while (cursor.at < numbersEnd) {
    if (into.length >= bucketsMax) throw malformed('a histogram has too many buckets');
    into.push(read(cursor));
  }
}
