import type { BucketRun } from '../intake/exponential-histogram.ts';
import { jsonAttributeSet } from './attribute-set.ts';
import {
  isJsonNumber,
  jsonEnum,
  jsonList,
  jsonMilliseconds,
  jsonNumber,
  jsonObject,
  jsonText,
  sentList,
  sentObject,
} from './json-values.ts';
import type { JsonObject } from './json-values.ts';
import { noRecordedValueFlag, temporalities } from './metric-form.ts';
import type { HistogramPoint, ExponentialPoint, Metric, MetricGroup, NumberPoint, PointHead } from './metric-form.ts';
import type { SummaryPoint, Temporality } from './metric-form.ts';
import { readJsonOrigins } from './origins-from-json.ts';

const names = { resources: 'resourceMetrics', scopes: 'scopeMetrics', items: 'metrics' };

/** Reads an `ExportMetricsServiceRequest` of OTLP/JSON. Throws as `readJsonOrigins` does. */
export function readJsonMetrics(body: Uint8Array): readonly MetricGroup[] {
  return readJsonOrigins(body, names, readMetric).map(({ items, ...origin }) => ({ ...origin, metrics: items }));
}

const temporalityNames = [
  'AGGREGATION_TEMPORALITY_UNSPECIFIED',
  'AGGREGATION_TEMPORALITY_DELTA',
  'AGGREGATION_TEMPORALITY_CUMULATIVE',
];

function readMetric(metric: JsonObject): Metric {
  const head = { name: jsonText(metric['name']), unit: jsonText(metric['unit']) };
  const { gauge, sum, histogram, exponentialHistogram, summary } = metric;
  if (sum !== undefined) {
    const isMonotonic = jsonObject(sum)['isMonotonic'] === true;
    const points = pointsOf(sum, readNumberPoint);
    return { ...head, kind: 'sum', temporality: temporalityOf(sum), isMonotonic, points };
  }
  if (histogram !== undefined) {
    const points = pointsOf(histogram, readHistogramPoint);
    return { ...head, kind: 'histogram', temporality: temporalityOf(histogram), points };
  }
  if (exponentialHistogram !== undefined) {
    const points = pointsOf(exponentialHistogram, readExponentialPoint);
    return { ...head, kind: 'exponential', temporality: temporalityOf(exponentialHistogram), points };
  }
  if (summary !== undefined) return { ...head, kind: 'summary', points: pointsOf(summary, readSummaryPoint) };
  return { ...head, kind: 'gauge', points: pointsOf(gauge, readNumberPoint) };
}

/** A point of another shape has no value, and is refused by itself. */
function pointsOf<Point>(data: unknown, readPoint: (point: JsonObject) => Point): readonly Point[] {
  const { dataPoints } = sentObject(data, 'the data of a metric');
  return sentList(dataPoints, 'dataPoints').map((point) => readPoint(jsonObject(point)));
}

function temporalityOf(data: unknown): Temporality {
  const temporality = jsonEnum(jsonObject(data)['aggregationTemporality'], temporalityNames);
  return temporalities[temporality] ?? 'unspecified';
}

function readPointHead(point: JsonObject): PointHead {
  return {
    attributes: jsonAttributeSet(point['attributes']),
    startMs: jsonMilliseconds(point['startTimeUnixNano']),
    timeMs: jsonMilliseconds(point['timeUnixNano']),
    isWithoutValue: jsonNumber(point['flags']) % 2 === noRecordedValueFlag,
  };
}

function readNumberPoint(point: JsonObject): NumberPoint {
  const { asDouble, asInt } = point;
  const value = asDouble ?? asInt;
  return { ...readPointHead(point), value: isJsonNumber(value) ? jsonNumber(value) : undefined };
}

function readHistogramPoint(point: JsonObject): HistogramPoint {
  return {
    ...readPointHead(point),
    count: jsonNumber(point['count']),
    sum: sumOf(point),
    counts: numbersOf(point['bucketCounts']),
    bounds: numbersOf(point['explicitBounds']),
  };
}

function readExponentialPoint(point: JsonObject): ExponentialPoint {
  const histogram = {
    scale: jsonNumber(point['scale']),
    zeroCount: jsonNumber(point['zeroCount']),
    zeroThreshold: jsonNumber(point['zeroThreshold']),
    positive: bucketRunsOf(point['positive']),
    negative: bucketRunsOf(point['negative']),
    sum: sumOf(point),
    count: jsonNumber(point['count']),
  };
  return { ...readPointHead(point), histogram };
}

function readSummaryPoint(point: JsonObject): SummaryPoint {
  const quantiles = jsonList(point['quantileValues']).map((entry) => {
    const { quantile, value } = jsonObject(entry);
    return { quantile: jsonNumber(quantile), value: jsonNumber(value) };
  });
  return { ...readPointHead(point), count: jsonNumber(point['count']), sum: jsonNumber(point['sum']), quantiles };
}

function sumOf({ sum }: JsonObject): number | undefined {
  return sum === undefined || sum === null ? undefined : jsonNumber(sum);
}

function numbersOf(list: unknown): readonly number[] {
  return jsonList(list).map((one) => jsonNumber(one, Number.NaN));
}

function bucketRunsOf(buckets: unknown): readonly BucketRun[] {
  if (buckets === undefined || buckets === null) return [];
  const { offset, bucketCounts } = jsonObject(buckets);
  return [{ offset: jsonNumber(offset), counts: numbersOf(bucketCounts) }];
}
