import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { otelEnvironment } from '../support/otel-page.ts';
import { openOtelReceiver, totalOf } from '../support/otel-receiver.ts';
import type { OtelReceiver } from '../support/otel-receiver.ts';

const python = process.env['HELIOS_TEST_OTEL_PYTHON'];
const timeoutMs = 240_000;

/** Sends 3 rounds of metrics, 1,000 log lines and 500 traces, by the exporters of the protocol in the environment. */
const sender = String.raw`
import logging, os
from opentelemetry.metrics import Observation
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind
if os.environ['OTEL_EXPORTER_OTLP_PROTOCOL'] == 'grpc':
    from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
else:
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

metrics = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter(), export_interval_millis=3600000)])
meter = metrics.get_meter('shop')
meter.create_observable_gauge('room.temperature', [lambda _: [Observation(20 + room / 10, {'room': room}) for room in range(100)]], 'Cel')
orders = meter.create_counter('orders')
wait = meter.create_histogram('wait', 's')
for _ in range(3):
    orders.add(5, {'kind': 'web'})
    for seconds in (0.5, 50, 5000):
        wait.record(seconds)
    metrics.force_flush()
metrics.shutdown()

logs = LoggerProvider()
logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
logger = logging.getLogger('app')
logger.propagate = False
logger.addHandler(LoggingHandler(logger_provider=logs))
for index in range(1000):
    logger.error('order %d failed', index)
logs.shutdown()

traces = TracerProvider()
traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
tracer = traces.get_tracer('jobs')
for index in range(500):
    with tracer.start_as_current_span('handle', kind=SpanKind.SERVER):
        with tracer.start_as_current_span('SELECT', kind=SpanKind.CLIENT, attributes={'db.system.name': 'postgresql', 'db.namespace': 'orders'}):
            pass
traces.shutdown()
`;

async function send(executable: string, receiver: OtelReceiver, protocol: 'http/protobuf' | 'grpc'): Promise<void> {
  const endpoint = protocol === 'grpc' ? receiver.grpcUrl : receiver.httpUrl;
  const environment = otelEnvironment({ endpoint, apiKey: receiver.apiKey });
  const child = spawn(executable, ['-c', sender], {
    env: {
      ...process.env,
      ...environment,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_TIMEOUT: '120',
      OTEL_PYTHON_LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => (words = (words + chunk.toString()).slice(-5000)));
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`the sender ended with ${String(code)}: ${words}`);
}

/** What a receiver holds of the sender's metrics, traces and logs. */
async function storedIn(receiver: OtelReceiver) {
  const samples = await receiver.samples();
  const logs = await receiver.logs();
  const most = (metric: string): number =>
    Math.max(...samples.filter((one) => one.metric === metric).map(({ value }) => value));
  const rooms = samples.filter(({ metric }) => metric === 'room_temperature_celsius');
  return {
    assets: [...new Set([...samples, ...logs].map(({ asset }) => asset))],
    rooms: new Set(rooms.map(({ labels }) => labels['room'])).size,
    orders: most('orders_total'),
    waits: [most('wait_seconds_count'), most('wait_seconds_sum')],
    served: totalOf(samples, 'span_calls_delta', { operation: 'handle', kind: 'server' }),
    queried: totalOf(samples, 'span_calls_delta', { operation: 'SELECT', kind: 'client' }),
    edges: await receiver.edges(),
    lines: new Set(logs.map(({ body }) => body)).size,
    severities: [...new Set(logs.map(({ severity }) => severity))],
  };
}

const sent = {
  assets: ['shop/cart'],
  rooms: 100,
  orders: 15,
  waits: [9, 15_151.5],
  served: 500,
  queried: 500,
  edges: ['shop/cart calls postgresql/orders'],
  lines: 1000,
  severities: ['high'],
};

describe.skipIf(python === undefined)('the SDK for Python (needs HELIOS_TEST_OTEL_PYTHON)', () => {
  it.each(['http/protobuf', 'grpc'] as const)(
    'by %s: what is sent is stored',
    { timeout: timeoutMs },
    async (protocol) => {
      await using receiver = await openOtelReceiver();
      await send(python ?? '', receiver, protocol);
      expect(await storedIn(receiver)).toEqual(sent);
    },
  );

  it.each(['http/protobuf', 'grpc'] as const)(
    'by %s: an outage loses nothing',
    { timeout: timeoutMs },
    async (protocol) => {
      await using receiver = await openOtelReceiver();
      receiver.setOutage(true);
      const sending = send(python ?? '', receiver, protocol);
      await vi.waitFor(() => expect(receiver.refusals()).toBeGreaterThan(0), { timeout: timeoutMs / 2 });
      receiver.setOutage(false);
      await sending;
      expect(await storedIn(receiver)).toEqual(sent);
    },
  );
});
