import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { SignalKind } from '../answer-messages.ts';

/** How a field is written: a scalar, a message by its name, or a list (`[]`) of either. */
type FieldRule = readonly [number: number, type: string];

const point = { startTimeUnixNano: [2, 'fixed64'], timeUnixNano: [3, 'fixed64'] } as const;

/** The messages of OTLP (opentelemetry-proto 1.x), by the names of their fields in JSON. */
const messages: Readonly<Record<string, Readonly<Record<string, FieldRule>>>> = {
  metrics: { resourceMetrics: [1, 'ResourceMetrics[]'] },
  logs: { resourceLogs: [1, 'ResourceLogs[]'] },
  traces: { resourceSpans: [1, 'ResourceSpans[]'] },
  ResourceMetrics: { resource: [1, 'Resource'], scopeMetrics: [2, 'ScopeMetrics[]'], schemaUrl: [3, 'string'] },
  ResourceLogs: { resource: [1, 'Resource'], scopeLogs: [2, 'ScopeLogs[]'], schemaUrl: [3, 'string'] },
  ResourceSpans: { resource: [1, 'Resource'], scopeSpans: [2, 'ScopeSpans[]'], schemaUrl: [3, 'string'] },
  ScopeMetrics: { scope: [1, 'Scope'], metrics: [2, 'Metric[]'] },
  ScopeLogs: { scope: [1, 'Scope'], logRecords: [2, 'LogRecord[]'] },
  ScopeSpans: { scope: [1, 'Scope'], spans: [2, 'Span[]'] },
  Resource: { attributes: [1, 'KeyValue[]'], droppedAttributesCount: [2, 'uint32'] },
  Scope: { name: [1, 'string'], version: [2, 'string'] },
  KeyValue: { key: [1, 'string'], value: [2, 'AnyValue'] },
  AnyValue: {
    stringValue: [1, 'string'],
    boolValue: [2, 'bool'],
    intValue: [3, 'int64'],
    doubleValue: [4, 'double'],
    arrayValue: [5, 'ArrayValue'],
    kvlistValue: [6, 'KeyValueList'],
    bytesValue: [7, 'base64'],
  },
  ArrayValue: { values: [1, 'AnyValue[]'] },
  KeyValueList: { values: [1, 'KeyValue[]'] },
  Metric: {
    name: [1, 'string'],
    description: [2, 'string'],
    unit: [3, 'string'],
    gauge: [5, 'Gauge'],
    sum: [7, 'Sum'],
    histogram: [9, 'Histogram'],
    exponentialHistogram: [10, 'ExponentialHistogram'],
    summary: [11, 'Summary'],
  },
  Gauge: { dataPoints: [1, 'NumberDataPoint[]'] },
  Sum: { dataPoints: [1, 'NumberDataPoint[]'], aggregationTemporality: [2, 'uint32'], isMonotonic: [3, 'bool'] },
  Histogram: { dataPoints: [1, 'HistogramDataPoint[]'], aggregationTemporality: [2, 'uint32'] },
  ExponentialHistogram: { dataPoints: [1, 'ExponentialHistogramDataPoint[]'], aggregationTemporality: [2, 'uint32'] },
  Summary: { dataPoints: [1, 'SummaryDataPoint[]'] },
  NumberDataPoint: {
    ...point,
    asDouble: [4, 'double'],
    asInt: [6, 'sfixed64'],
    attributes: [7, 'KeyValue[]'],
    flags: [8, 'uint32'],
  },
  HistogramDataPoint: {
    ...point,
    count: [4, 'fixed64'],
    sum: [5, 'double'],
    bucketCounts: [6, 'fixed64[]'],
    explicitBounds: [7, 'double[]'],
    attributes: [9, 'KeyValue[]'],
    flags: [10, 'uint32'],
    min: [11, 'double'],
    max: [12, 'double'],
  },
  ExponentialHistogramDataPoint: {
    attributes: [1, 'KeyValue[]'],
    ...point,
    count: [4, 'fixed64'],
    sum: [5, 'double'],
    scale: [6, 'sint32'],
    zeroCount: [7, 'fixed64'],
    positive: [8, 'Buckets'],
    negative: [9, 'Buckets'],
    flags: [10, 'uint32'],
    zeroThreshold: [14, 'double'],
  },
  Buckets: { offset: [1, 'sint32'], bucketCounts: [2, 'uint64[]'] },
  SummaryDataPoint: {
    ...point,
    count: [4, 'fixed64'],
    sum: [5, 'double'],
    quantileValues: [6, 'Quantile[]'],
    attributes: [7, 'KeyValue[]'],
    flags: [8, 'uint32'],
  },
  Quantile: { quantile: [1, 'double'], value: [2, 'double'] },
  LogRecord: {
    timeUnixNano: [1, 'fixed64'],
    severityNumber: [2, 'uint32'],
    severityText: [3, 'string'],
    body: [5, 'AnyValue'],
    attributes: [6, 'KeyValue[]'],
    traceId: [9, 'hex'],
    spanId: [10, 'hex'],
    observedTimeUnixNano: [11, 'fixed64'],
    eventName: [12, 'string'],
  },
  Span: {
    traceId: [1, 'hex'],
    spanId: [2, 'hex'],
    parentSpanId: [4, 'hex'],
    name: [5, 'string'],
    kind: [6, 'uint32'],
    startTimeUnixNano: [7, 'fixed64'],
    endTimeUnixNano: [8, 'fixed64'],
    attributes: [9, 'KeyValue[]'],
    status: [15, 'Status'],
  },
  Status: { message: [2, 'string'], code: [3, 'uint32'] },
};

/** An export request of OTLP/JSON as protobuf, so that a test says a request once for both encodings. */
export function wireOfJson(kind: SignalKind, request: object): Buffer {
  return Buffer.from(writeMessage(new BinaryWriter(), kind, request).finish());
}

function writeMessage(writer: BinaryWriter, name: string, value: object): BinaryWriter {
  for (const [key, field] of Object.entries(value)) {
    const rule = messages[name]?.[key];
    if (rule === undefined) throw new Error(`${name} has no field ${key}`);
    const [number, type] = rule;
    if (!type.endsWith('[]')) writeField(writer, number, { type, value: field });
    else {
      const itemType = type.slice(0, -2);
      // The cast holds: lists of the table are lists in the tests' requests.
      const items = field as readonly unknown[];
      if (messages[itemType] !== undefined)
        for (const item of items) writeField(writer, number, { type: itemType, value: item });
      else {
        writer.tag(number, WireType.LengthDelimited).fork();
        for (const item of items) writeScalar(writer, itemType, item);
        writer.join();
      }
    }
  }
  return writer;
}

function writeField(writer: BinaryWriter, number: number, { type, value }: { type: string; value: unknown }): void {
  if (messages[type] !== undefined) {
    writer.tag(number, WireType.LengthDelimited).fork();
    // The cast holds: messages of the table are objects in the tests' requests.
    writeMessage(writer, type, value as object).join();
  } else {
    const isFixed = type === 'fixed64' || type === 'sfixed64' || type === 'double';
    const isBytes = type === 'string' || type === 'hex' || type === 'base64';
    writer.tag(number, isFixed ? WireType.Bit64 : isBytes ? WireType.LengthDelimited : WireType.Varint);
    writeScalar(writer, type, value);
  }
}

function writeScalar(writer: BinaryWriter, type: string, value: unknown): void {
  if (type === 'string') writer.string(String(value));
  else if (type === 'hex' || type === 'base64') writer.bytes(Buffer.from(String(value), type));
  else if (type === 'bool') writer.bool(value === true);
  else if (type === 'double') writer.double(Number(value));
  else if (type === 'fixed64') writer.fixed64(String(value));
  else if (type === 'sfixed64') writer.sfixed64(String(value));
  else if (type === 'int64') writer.int64(String(value));
  else if (type === 'uint64') writer.uint64(String(value));
  else if (type === 'sint32') writer.sint32(Number(value));
  else writer.uint32(Number(value));
}
