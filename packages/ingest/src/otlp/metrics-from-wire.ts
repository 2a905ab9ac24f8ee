import type { BucketRun } from '../intake/exponential-histogram.ts';
import { attributeSetOf, emptyAttributeRange, takeAttribute } from './attribute-set.ts';
import { temporalities, noRecordedValueFlag } from './metric-form.ts';
import type {
  ExponentialPoint,
  HistogramPoint,
  Metric,
  MetricGroup,
  NumberPoint,
  SummaryPoint,
} from './metric-form.ts';
import { readWireOrigins } from './origins-from-wire.ts';
import { fixed64Tag, lengthTag, varintTag, WireReader } from './wire-reader.ts';

/** Reads an `ExportMetricsServiceRequest` of protobuf. Throws `invalid-request` where it is none. */
export function readWireMetrics(body: Buffer): readonly MetricGroup[] {
  return readWireOrigins(new WireReader(body), readMetric).map(({ items, ...origin }) => ({
    ...origin,
    metrics: items,
  }));
}

/** Fields of `Metric`. */
const nameTag = lengthTag(1);
const unitTag = lengthTag(3);
const gaugeTag = lengthTag(5);
const sumTag = lengthTag(7);
const histogramTag = lengthTag(9);
const exponentialTag = lengthTag(10);
const summaryTag = lengthTag(11);

function readMetric(reader: WireReader): Metric {
  let name = '';
  let unit = '';
  let read: ((head: { name: string; unit: string }) => Metric) | undefined;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === nameTag) name = reader.text();
    else if (tag === unitTag) unit = reader.text();
    else if (tag === gaugeTag) {
      const { points } = readData(reader, readNumberPoint);
      read = (head) => ({ ...head, kind: 'gauge', points });
    } else if (tag === sumTag) {
      const { points, temporality, isMonotonic } = readData(reader, readNumberPoint);
      read = (head) => ({ ...head, kind: 'sum', temporality, isMonotonic, points });
    } else if (tag === histogramTag) {
      const { points, temporality } = readData(reader, readHistogramPoint);
      read = (head) => ({ ...head, kind: 'histogram', temporality, points });
    } else if (tag === exponentialTag) {
      const { points, temporality } = readData(reader, readExponentialPoint);
      read = (head) => ({ ...head, kind: 'exponential', temporality, points });
    } else if (tag === summaryTag) {
      const { points } = readData(reader, readSummaryPoint);
      read = (head) => ({ ...head, kind: 'summary', points });
    } else reader.skip(tag);
  }
  return read?.({ name, unit }) ?? { name, unit, kind: 'gauge', points: [] };
}

const pointsTag = lengthTag(1);
const temporalityTag = varintTag(2);
const monotonicTag = varintTag(3);

/** `Gauge`, `Sum`, `Histogram`, `ExponentialHistogram` and `Summary` number their fields alike. */
function readData<Point>(reader: WireReader, readPoint: (reader: WireReader) => Point) {
  const points: Point[] = [];
  let temporality = 0;
  let isMonotonic = false;
  const outer = reader.enter();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === pointsTag) {
      const around = reader.enter();
      points.push(readPoint(reader));
      reader.leave(around);
    } else if (tag === temporalityTag) temporality = reader.varint();
    else if (tag === monotonicTag) isMonotonic = reader.varint() !== 0;
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { points, temporality: temporalities[temporality] ?? 'unspecified', isMonotonic };
}

/** The same in all points. */
const startTag = fixed64Tag(2);
const timeTag = fixed64Tag(3);

const doubleValueTag = fixed64Tag(4);
const intValueTag = fixed64Tag(6);
const numberAttributeTag = lengthTag(7);
const numberFlagsTag = varintTag(8);

function readNumberPoint(reader: WireReader): NumberPoint {
  const attributes = emptyAttributeRange();
  let startMs = 0;
  let timeMs = 0;
  let value: number | undefined;
  let flags = 0;
  for (let start = reader.at, tag = reader.tag(); tag !== 0; start = reader.at, tag = reader.tag()) {
    if (tag === numberAttributeTag) takeAttribute(attributes, reader, start);
    else if (tag === timeTag) timeMs = reader.milliseconds();
    else if (tag === startTag) startMs = reader.milliseconds();
    else if (tag === doubleValueTag) value = reader.double();
    else if (tag === intValueTag) value = reader.sfixed64();
    else if (tag === numberFlagsTag) flags = reader.varint();
    else reader.skip(tag);
  }
  const isWithoutValue = flags % 2 === noRecordedValueFlag;
  return { attributes: attributeSetOf(attributes, reader), startMs, timeMs, value, isWithoutValue };
}

const countTag = fixed64Tag(4);
const sumValueTag = fixed64Tag(5);
const histogramAttributeTag = lengthTag(9);
const histogramFlagsTag = varintTag(10);
const countsTag = lengthTag(6);
const boundsTag = lengthTag(7);
/** Repeated numbers may also come one by one. */
const countsOneTag = fixed64Tag(6);
const boundsOneTag = fixed64Tag(7);

function readHistogramPoint(reader: WireReader): HistogramPoint {
  const attributes = emptyAttributeRange();
  const counts: number[] = [];
  const bounds: number[] = [];
  let startMs = 0;
  let timeMs = 0;
  let count = 0;
  let sum: number | undefined;
  let flags = 0;
  for (let start = reader.at, tag = reader.tag(); tag !== 0; start = reader.at, tag = reader.tag()) {
    if (tag === histogramAttributeTag) takeAttribute(attributes, reader, start);
    else if (tag === startTag) startMs = reader.milliseconds();
    else if (tag === timeTag) timeMs = reader.milliseconds();
    else if (tag === countTag) count = reader.fixed64();
    else if (tag === sumValueTag) sum = reader.double();
    else if (tag === countsTag) readPacked(reader, () => counts.push(reader.fixed64()));
    else if (tag === countsOneTag) counts.push(reader.fixed64());
    else if (tag === boundsTag) readPacked(reader, () => bounds.push(reader.double()));
    else if (tag === boundsOneTag) bounds.push(reader.double());
    else if (tag === histogramFlagsTag) flags = reader.varint();
    else reader.skip(tag);
  }
  const isWithoutValue = flags % 2 === noRecordedValueFlag;
  return {
    attributes: attributeSetOf(attributes, reader),
    startMs,
    timeMs,
    count,
    sum,
    counts,
    bounds,
    isWithoutValue,
  };
}

const exponentialAttributeTag = lengthTag(1);
const scaleTag = varintTag(6);
const zeroCountTag = fixed64Tag(7);
const positiveTag = lengthTag(8);
const negativeTag = lengthTag(9);
const exponentialFlagsTag = varintTag(10);
const zeroThresholdTag = fixed64Tag(14);

function readExponentialPoint(reader: WireReader): ExponentialPoint {
  const attributes = emptyAttributeRange();
  const positive: BucketRun[] = [];
  const negative: BucketRun[] = [];
  let startMs = 0;
  let timeMs = 0;
  let count = 0;
  let sum: number | undefined;
  let scale = 0;
  let zeroCount = 0;
  let zeroThreshold = 0;
  let flags = 0;
  for (let start = reader.at, tag = reader.tag(); tag !== 0; start = reader.at, tag = reader.tag()) {
    if (tag === exponentialAttributeTag) takeAttribute(attributes, reader, start);
    else if (tag === startTag) startMs = reader.milliseconds();
    else if (tag === timeTag) timeMs = reader.milliseconds();
    else if (tag === countTag) count = reader.fixed64();
    else if (tag === sumValueTag) sum = reader.double();
    else if (tag === scaleTag) scale = reader.sint32();
    else if (tag === zeroCountTag) zeroCount = reader.fixed64();
    else if (tag === positiveTag) positive.push(readBucketRun(reader));
    else if (tag === negativeTag) negative.push(readBucketRun(reader));
    else if (tag === exponentialFlagsTag) flags = reader.varint();
    else if (tag === zeroThresholdTag) zeroThreshold = reader.double();
    else reader.skip(tag);
  }
  const histogram = { scale, zeroCount, zeroThreshold, positive, negative, sum, count };
  const isWithoutValue = flags % 2 === noRecordedValueFlag;
  return { attributes: attributeSetOf(attributes, reader), startMs, timeMs, histogram, isWithoutValue };
}

const offsetTag = varintTag(1);
const runCountsTag = lengthTag(2);
const runCountsOneTag = varintTag(2);

function readBucketRun(reader: WireReader): BucketRun {
  const counts: number[] = [];
  let offset = 0;
  const outer = reader.enter();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === offsetTag) offset = reader.sint32();
    else if (tag === runCountsTag) readPacked(reader, () => counts.push(reader.varint()));
    else if (tag === runCountsOneTag) counts.push(reader.varint());
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { offset, counts };
}

const quantilesTag = lengthTag(6);
const quantileTag = fixed64Tag(1);
const quantileValueTag = fixed64Tag(2);

function readSummaryPoint(reader: WireReader): SummaryPoint {
  const attributes = emptyAttributeRange();
  const quantiles: { quantile: number; value: number }[] = [];
  let startMs = 0;
  let timeMs = 0;
  let count = 0;
  let sum = 0;
  let flags = 0;
  for (let start = reader.at, tag = reader.tag(); tag !== 0; start = reader.at, tag = reader.tag()) {
    if (tag === numberAttributeTag) takeAttribute(attributes, reader, start);
    else if (tag === startTag) startMs = reader.milliseconds();
    else if (tag === timeTag) timeMs = reader.milliseconds();
    else if (tag === countTag) count = reader.fixed64();
    else if (tag === sumValueTag) sum = reader.double();
    else if (tag === quantilesTag) quantiles.push(readQuantile(reader));
    else if (tag === numberFlagsTag) flags = reader.varint();
    else reader.skip(tag);
  }
  const isWithoutValue = flags % 2 === noRecordedValueFlag;
  return { attributes: attributeSetOf(attributes, reader), startMs, timeMs, count, sum, quantiles, isWithoutValue };
}

function readQuantile(reader: WireReader): { quantile: number; value: number } {
  let quantile = 0;
  let value = 0;
  const outer = reader.enter();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === quantileTag) quantile = reader.double();
    else if (tag === quantileValueTag) value = reader.double();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { quantile, value };
}

function readPacked(reader: WireReader, readOne: () => void): void {
  const outer = reader.enter();
  while (reader.at < reader.end) readOne();
  reader.leave(outer);
}
