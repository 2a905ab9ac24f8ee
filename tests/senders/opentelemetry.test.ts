import { gzipSync, zstdCompressSync } from 'node:zlib';
import { ROOT_CONTEXT, SeverityNumber, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPLogExporter as JsonLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtoLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter as GrpcMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import {
  AggregationTemporalityPreference,
  OTLPMetricExporter as JsonMetricExporter,
} from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtoMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as GrpcTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as ProtoTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { detectResources, resourceAttributesEnvDetector, serviceNameEnvDetector } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import {
  AggregationType,
  InstrumentType,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { wireOfJson } from '../../packages/ingest/src/otlp/testing/wire-of-json.ts';
import { otelEnvironment } from '../support/otel-page.ts';
import { openOtelReceiver, totalOf } from '../support/otel-receiver.ts';
import type { OtelReceiver } from '../support/otel-receiver.ts';

afterEach(() => void vi.unstubAllEnvs());

/** Gives this process the environment that the page gives to a service; exporters read it when they are made. */
function beService({ apiKey, httpUrl, grpcUrl }: OtelReceiver, way: 'http' | 'grpc'): void {
  const environment = otelEnvironment({ endpoint: way === 'grpc' ? grpcUrl : httpUrl, apiKey });
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  // Longer than the ten seconds of the default, for a busy machine.
  vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '30000');
}

const resource = () => detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] });

const delta = { temporalityPreference: AggregationTemporalityPreference.DELTA };

describe.each([
  ['protobuf over HTTP', 'http', () => new ProtoMetricExporter(), () => new ProtoMetricExporter(delta)],
  ['JSON over HTTP', 'http', () => new JsonMetricExporter(), () => new JsonMetricExporter(delta)],
  ['gRPC', 'grpc', () => new GrpcMetricExporter(), () => new GrpcMetricExporter(delta)],
] as const)('metrics of the SDK for Node by %s', (_, way, exporter, deltaExporter) => {
  async function measure(make: () => ReturnType<typeof exporter>) {
    await using receiver = await openOtelReceiver();
    beService(receiver, way);
    const reader = new PeriodicExportingMetricReader({ exporter: make(), exportIntervalMillis: 3_600_000 });
    const exponential = { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const;
    const views = [
      { instrumentName: 'upload.size', instrumentType: InstrumentType.HISTOGRAM, aggregation: exponential },
    ];
    const provider = new MeterProvider({ resource: resource(), readers: [reader], views });
    const meter = provider.getMeter('shop');
    meter.createObservableGauge('room.temperature', { unit: 'Cel' }).addCallback((result) => {
      for (let room = 0; room < 100; room += 1) result.observe(20 + room / 10, { room: `r${room}` });
    });
    const orders = meter.createCounter('orders', { unit: '{order}' });
    const wait = meter.createHistogram('wait', { unit: 's', advice: { explicitBucketBoundaries: [0.1, 1] } });
    const size = meter.createHistogram('upload.size', { unit: 'By' });
    for (let round = 0; round < 3; round += 1) {
      orders.add(5, { kind: 'web' });
      for (const seconds of [0.05, 0.5, 5]) wait.record(seconds);
      for (const bytes of [3, 3, 100]) size.record(bytes);
      await provider.forceFlush();
    }
    await provider.shutdown();
    return await receiver.samples();
  }

  it('are stored as sent, cumulative', async () => {
    const samples = await measure(exporter);
    const last = (metric: string, labels: Readonly<Record<string, string>> = {}): number =>
      Math.max(
        ...samples
          .filter((one) => one.metric === metric)
          .filter((one) => Object.entries(labels).every(([name, value]) => one.labels[name] === value))
          .map(({ value }) => value),
      );
    expect(new Set(samples.map(({ asset }) => asset))).toEqual(new Set(['shop/cart']));
    expect(samples[0]?.labels).toMatchObject({
      job: 'shop/cart',
      deployment_environment_name: 'production',
      otel_scope_name: 'shop',
    });
    const rooms = samples.filter(({ metric }) => metric === 'room_temperature_celsius');
    expect(new Set(rooms.map(({ labels }) => labels['room'])).size).toBe(100);
    expect(last('room_temperature_celsius', { room: 'r99' })).toBe(29.9);
    expect(last('orders_total', { kind: 'web' })).toBe(15);
    expect(last('wait_seconds_count')).toBe(9);
    expect(last('wait_seconds_sum')).toBeCloseTo(16.65);
    expect([last('wait_seconds_bucket', { le: '0.1' }), last('wait_seconds_bucket', { le: '1' })]).toEqual([3, 6]);
    expect(last('upload_size_bytes_count')).toBe(9);
    expect(last('upload_size_bytes_bucket', { le: '4' })).toBe(6);
    expect(last('upload_size_bytes_bucket', { le: '128' })).toBe(9);
  });

  it('are stored as sent, delta', async () => {
    const samples = await measure(deltaExporter);
    expect(totalOf(samples, 'orders_delta', { kind: 'web' })).toBe(15);
    expect(totalOf(samples, 'wait_seconds_count_delta')).toBe(9);
    expect(totalOf(samples, 'wait_seconds_bucket_delta', { le: '1' })).toBe(6);
    expect(totalOf(samples, 'upload_size_bytes_count_delta')).toBe(9);
    expect(totalOf(samples, 'upload_size_bytes_bucket_delta', { le: '+Inf' })).toBe(9);
  });
});

describe.each([
  ['protobuf over HTTP', () => new ProtoLogExporter()],
  ['JSON over HTTP', () => new JsonLogExporter()],
] as const)('logs of the SDK for Node by %s', (_, exporter) => {
  it('are stored as sent', async () => {
    await using receiver = await openOtelReceiver();
    beService(receiver, 'http');
    const processor = new BatchLogRecordProcessor({
      exporter: exporter(),
      maxQueueSize: 4000,
      maxExportBatchSize: 512,
    });
    const provider = new LoggerProvider({ resource: resource(), processors: [processor] });
    const logger = provider.getLogger('app');
    for (let index = 0; index < 2000; index += 1) {
      logger.emit({
        body: `order ${index} failed`,
        severityNumber: SeverityNumber.ERROR,
        severityText: 'ERROR',
        attributes: { 'order.id': index },
      });
    }
    await provider.shutdown();
    const logs = await receiver.logs();
    expect(new Set(logs.map(({ body }) => body))).toEqual(
      new Set(Array.from({ length: 2000 }, (__, index) => `order ${index} failed`)),
    );
    expect(logs[0]).toMatchObject({ asset: 'shop/cart', severity: 'high', labels: { otel_scope_name: 'app' } });
    expect(logs[0]?.labels['order_id']).toMatch(/^\d+$/);
  });
});

describe.each([
  ['protobuf over HTTP', 'http', () => new ProtoTraceExporter()],
  ['gRPC', 'grpc', () => new GrpcTraceExporter()],
] as const)('traces of the SDK for Node by %s', (_, way, exporter) => {
  it('become calls, errors and edges', async () => {
    await using receiver = await openOtelReceiver();
    beService(receiver, way);
    const services = ['web', 'cart'].map((name) => {
      vi.stubEnv('OTEL_SERVICE_NAME', name);
      const spanProcessors = [new BatchSpanProcessor(exporter(), { maxQueueSize: 4000, maxExportBatchSize: 100 })];
      return new NodeTracerProvider({ resource: resource(), spanProcessors });
    });
    const [web, cart] = services.map((provider) => provider.getTracer('http'));
    for (let index = 0; index < 500; index += 1) {
      const calling = web?.startSpan(`GET /orders/${index}`, { kind: SpanKind.CLIENT });
      const parent = calling === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, calling);
      const serving = cart?.startSpan(`GET /orders/${index}`, { kind: SpanKind.SERVER }, parent);
      if (index % 10 === 0) serving?.setStatus({ code: SpanStatusCode.ERROR });
      serving?.end();
      calling?.end();
    }
    await Promise.all(services.map((provider) => provider.shutdown()));
    const samples = await receiver.samples();
    expect(totalOf(samples, 'span_calls_delta', { kind: 'server', operation: 'GET /orders/{id}' })).toBe(500);
    expect(totalOf(samples, 'span_errors_delta', { kind: 'server' })).toBe(50);
    expect(totalOf(samples, 'span_calls_delta', { kind: 'client' })).toBe(500);
    expect(new Set(samples.map(({ asset }) => asset))).toEqual(new Set(['shop/web', 'shop/cart']));
    expect(await receiver.edges()).toEqual(['shop/web calls shop/cart']);
  });
});

describe('OTLP/HTTP through the gateway', () => {
  const now = BigInt(Date.now()) * 1_000_000n;
  const dataPoints = Array.from({ length: 100 }, (_, index) => ({
    timeUnixNano: index === 41 ? '0' : String(now),
    asInt: String(index),
    attributes: [{ key: 'index', value: { intValue: String(index) } }],
  }));
  const request = { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'level', gauge: { dataPoints } }] }] }] };
  const json = Buffer.from(JSON.stringify(request));
  const protobuf = wireOfJson('metrics', request);

  async function post(receiver: OtelReceiver, headers: Readonly<Record<string, string>>, body: Buffer, key?: string) {
    const authorization = `Bearer ${key ?? receiver.apiKey}`;
    return fetch(`${receiver.httpUrl}/v1/metrics`, {
      method: 'POST',
      headers: { authorization, ...headers },
      body: Uint8Array.from(body),
    });
  }

  it.each([
    ['application/json', undefined, json],
    ['application/json; charset=utf-8', 'gzip', gzipSync(json)],
    ['application/x-protobuf', undefined, protobuf],
    ['application/x-protobuf', 'gzip', gzipSync(protobuf)],
    ['application/x-protobuf', 'zstd', zstdCompressSync(protobuf)],
  ])('%s with encoding %s: of 100 points the bad one is refused, 99 are stored', async (type, encoding, body) => {
    await using receiver = await openOtelReceiver();
    const headers = { 'content-type': type, ...(encoding === undefined ? {} : { 'content-encoding': encoding }) };
    const response = await post(receiver, headers, body);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(type.split(';')[0]);
    const answer = await response.text();
    expect(answer).toContain('1 × metric level: it has no time');
    if (type.startsWith('application/json')) {
      expect(JSON.parse(answer)).toMatchObject({ partialSuccess: { rejectedDataPoints: '1' } });
    }
    const samples = await receiver.samples();
    expect(samples.map(({ value }) => value).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, index) => index).filter((index) => index !== 41),
    );
  });

  it('tells faults in the type of the request, and when to come back', async () => {
    await using receiver = await openOtelReceiver({ samplesPerSecond: 10, samplesBurst: 10 });
    const headers = { 'content-type': 'application/json' };
    expect((await post(receiver, headers, json)).status).toBe(200);
    const limited = await post(receiver, headers, json);
    expect(limited.status).toBe(429);
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await limited.json()).toMatchObject({ code: 8, message: expect.stringContaining('samples per second') });
    const unreadable = await post(receiver, headers, Buffer.from('{"resourceMetrics":'));
    expect([unreadable.status, await unreadable.json()]).toMatchObject([400, { code: 3 }]);
    const stranger = await post(receiver, { 'content-type': 'application/x-protobuf' }, protobuf, 'guess');
    expect([stranger.status, stranger.headers.get('content-type')]).toEqual([401, 'application/x-protobuf']);
    const text = await post(receiver, { 'content-type': 'text/plain' }, json);
    expect(text.status).toBe(415);
  });
});

describe('overload', () => {
  it('is told by 429 and Retry-After, and afterwards nothing is missing', async () => {
    await using receiver = await openOtelReceiver({ samplesPerSecond: 400, samplesBurst: 400 });
    beService(receiver, 'http');
    const exporterOfLogs = new ProtoLogExporter();
    const processor = new BatchLogRecordProcessor({
      exporter: exporterOfLogs,
      maxQueueSize: 4000,
      maxExportBatchSize: 200,
    });
    const provider = new LoggerProvider({ resource: resource(), processors: [processor] });
    const logger = provider.getLogger('app');
    for (let index = 0; index < 1200; index += 1) logger.emit({ body: `line ${index}` });
    await provider.shutdown();
    expect(receiver.refusals()).toBeGreaterThan(0);
    const logs = await receiver.logs();
    expect(new Set(logs.map(({ body }) => body)).size).toBe(1200);
  });

  it('and an outage of the log lose nothing', async () => {
    await using receiver = await openOtelReceiver();
    beService(receiver, 'http');
    receiver.setOutage(true);
    const spanProcessors = [
      new BatchSpanProcessor(new ProtoTraceExporter(), { maxQueueSize: 4000, maxExportBatchSize: 500 }),
    ];
    const provider = new NodeTracerProvider({ resource: resource(), spanProcessors });
    const tracer = provider.getTracer('jobs');
    for (let index = 0; index < 1000; index += 1) tracer.startSpan('job').end();
    const stopped = provider.shutdown();
    await vi.waitFor(() => expect(receiver.refusals()).toBeGreaterThan(0), { timeout: 90_000 });
    receiver.setOutage(false);
    await stopped;
    expect(totalOf(await receiver.samples(), 'span_calls_delta', { operation: 'job' })).toBe(1000);
  });
});
