import type { SignalKind } from '../answer-messages.ts';
import { attributesOf, nanoseconds, testNow } from './open-otlp-intake.ts';

const resource = {
  attributes: attributesOf({ 'service.name': 'cart', 'service.instance.id': 'cart-1', 'host.name': 'h1' }),
};
const scope = { name: 'sample', version: '1' };
const at = { startTimeUnixNano: nanoseconds(testNow - 60_000), timeUnixNano: nanoseconds(testNow) };
const attributes = attributesOf({ 'http.route': '/pay', status: 200 });
const traceId = '5b8efff798038103d269b633813fc60c';

const metrics = [
  { name: 'level', unit: '1', gauge: { dataPoints: [{ ...at, asDouble: 0.5, attributes }] } },
  {
    name: 'hits',
    sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ ...at, asInt: '9', attributes }] },
  },
  { name: 'drops', sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints: [{ ...at, asInt: '2' }] } },
  {
    name: 'wait',
    unit: 's',
    histogram: {
      aggregationTemporality: 2,
      dataPoints: [
        { ...at, count: '6', sum: 9.5, bucketCounts: ['1', '2', '3'], explicitBounds: [0.5, 1], attributes },
      ],
    },
  },
  {
    name: 'size',
    exponentialHistogram: {
      aggregationTemporality: 1,
      dataPoints: [
        {
          ...at,
          count: '5',
          sum: 7,
          scale: 3,
          zeroCount: '1',
          positive: { offset: -2, bucketCounts: ['3', '1'] },
          negative: { offset: 0, bucketCounts: [] },
        },
      ],
    },
  },
  {
    name: 'lag',
    summary: { dataPoints: [{ ...at, count: '3', sum: 6, quantileValues: [{ quantile: 0.5, value: 2 }] }] },
  },
];

const values = [
  { key: 'user', value: { intValue: '7' } },
  {
    key: 'tags',
    value: { arrayValue: { values: [{ stringValue: 'a' }, { boolValue: true }, { bytesValue: 'AAE=' }] } },
  },
];

const logRecords = [
  {
    timeUnixNano: at.timeUnixNano,
    observedTimeUnixNano: at.timeUnixNano,
    severityNumber: 17,
    severityText: 'ERROR',
    body: { stringValue: 'disk full' },
    attributes,
    traceId,
    spanId: 'eee19b7ec3c1b174',
  },
  { timeUnixNano: at.timeUnixNano, body: { kvlistValue: { values } }, eventName: 'login' },
];

const spans = [
  { spanId: 'eee19b7ec3c1b174', name: 'POST /pay', kind: 3, attributes },
  {
    spanId: 'eee19b7ec3c1b175',
    parentSpanId: 'eee19b7ec3c1b174',
    name: 'POST /pay',
    kind: 2,
    status: { code: 2, message: 'no' },
  },
].map((span) => ({
  traceId,
  startTimeUnixNano: nanoseconds(testNow - 40),
  endTimeUnixNano: nanoseconds(testNow),
  ...span,
}));

/** One request of each kind that uses every part of it. */
export const sampleRequests: Readonly<Record<SignalKind, object>> = {
  metrics: { resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics }] }] },
  logs: { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords }] }] },
  traces: { resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }] },
};
