import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { vi } from 'vitest';
import { wireOfJson } from '../../packages/ingest/src/otlp/testing/wire-of-json.ts';
import { freePort } from './free-port.ts';
import { otelBlock } from './otel-page.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The Collector that `.ci/services` builds; undefined where it is missing. */
export const collectorFile = process.env['HELIOS_TEST_OTELCOL'];

/** Where a Collector sends to, and by which protocol. */
export interface CollectorTarget {
  readonly way: 'http' | 'grpc';
  readonly httpUrl: string;
  readonly grpcUrl: string;
  readonly apiKey: string;
}

/** A running Collector. */
export interface Collector extends AsyncDisposable {
  /** Sends an export request to it, as a service would. */
  send(kind: 'metrics' | 'logs' | 'traces', request: object): Promise<void>;
}

/** Starts the Collector with the page's configuration; only addresses and waiting times are those of the test. */
export async function startCollector({ way, httpUrl, grpcUrl, apiKey }: CollectorTarget): Promise<Collector> {
  const folder = await temporaryFolder();
  const [httpPort, grpcPort] = [await freePort(), await freePort()];
  const address = way === 'http' ? httpUrl : grpcUrl.replace('http://', '');
  const exporter = way === 'http' ? 'otlp_http/heliosiq' : 'otlp_grpc/heliosiq';
  const changes = {
    receivers: {
      otlp: { protocols: { http: { endpoint: `127.0.0.1:${httpPort}` }, grpc: { endpoint: `127.0.0.1:${grpcPort}` } } },
      host_metrics: { collection_interval: '1s', initial_delay: '100ms' },
    },
    processors: { batch: { timeout: '200ms', send_batch_size: 500 } },
    exporters: { [exporter]: { endpoint: address, retry_on_failure: { initial_interval: '200ms' } } },
    service: { telemetry: { metrics: { level: 'none' }, logs: { level: 'error' } } },
  };
  const files = {
    'collector.yaml': otelBlock('yaml', 'host_metrics'),
    ...(way === 'grpc' ? { 'grpc.yaml': otelBlock('yaml', 'otlp_grpc') } : {}),
    'test.yaml': JSON.stringify(changes), // JSON is YAML
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text);
  const configs = Object.keys(files).map((name) => `--config=${join(folder.path, name)}`);
  const child = spawn(collectorFile ?? '', configs, {
    env: { ...process.env, HOST_NAME: 'test-host', HELIOS_API_KEY: apiKey },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => (words = (words + chunk.toString()).slice(-5000)));
  const exited = once(child, 'exit');

  async function send(kind: 'metrics' | 'logs' | 'traces', request: object): Promise<void> {
    const response = await fetch(`http://127.0.0.1:${httpPort}/v1/${kind}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: Uint8Array.from(wireOfJson(kind, request)),
    });
    if (!response.ok) throw new Error(`the Collector answered ${response.status}`);
  }

  await vi.waitFor(
    async () => {
      if (child.exitCode !== null) throw new Error(`the Collector ended: ${words}`);
      await send('logs', {});
    },
    { timeout: 90_000, interval: 100 },
  );

  return {
    send,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exited;
      await folder[Symbol.asyncDispose]();
    },
  };
}

export const itemsPerRequest = 50;

const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'load' } }] };

/**
 * As telemetrygen does: requests of 50 log records, 50 points of the gauge `load.gauge` and 50 spans `lets-go` of the
 * service `load`, each different from all others; `request` counts them.
 */
export async function sendLoad(
  collector: Collector,
  requests: { readonly from: number; readonly to: number },
): Promise<void> {
  for (let request = requests.from; request < requests.to; request += 1) {
    const items = Array.from({ length: itemsPerRequest }, (_, index) => request * itemsPerRequest + index);
    const now = BigInt(Date.now()) * 1_000_000n;
    await collector.send('logs', {
      resourceLogs: [
        {
          resource,
          scopeLogs: [
            { logRecords: items.map((item) => ({ timeUnixNano: String(now), body: { stringValue: `line ${item}` } })) },
          ],
        },
      ],
    });
    const dataPoints = items.map((item) => ({
      timeUnixNano: String(now),
      asInt: String(item),
      attributes: [{ key: 'item', value: { intValue: String(item) } }],
    }));
    await collector.send('metrics', {
      resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [{ name: 'load.gauge', gauge: { dataPoints } }] }] }],
    });
    const spans = items.map((item) => ({
      traceId: (item + 1).toString(16).padStart(32, '0'),
      spanId: (item + 1).toString(16).padStart(16, '0'),
      name: 'lets-go',
      kind: 3,
      startTimeUnixNano: String(now - 5_000_000n),
      endTimeUnixNano: String(now),
    }));
    await collector.send('traces', { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
  }
}
