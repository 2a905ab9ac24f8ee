import { describe, expect, it, vi } from 'vitest';
import { collectorFile, itemsPerRequest, sendLoad, startCollector } from '../support/otel-collector.ts';
import { openOtelReceiver, totalOf } from '../support/otel-receiver.ts';
import type { OtelReceiver } from '../support/otel-receiver.ts';

const timeoutMs = 240_000;
const waiting = { timeout: timeoutMs / 2, interval: 100 };
const requests = 60;

async function waitForAll(receiver: OtelReceiver): Promise<void> {
  const sent = requests * itemsPerRequest;
  await vi.waitFor(async () => {
    const samples = await receiver.samples();
    expect(new Set((await receiver.logs()).map(({ body }) => body)).size).toBe(sent);
    expect(samples.filter(({ metric }) => metric === 'load_gauge')).toHaveLength(sent);
    expect(totalOf(samples, 'span_calls_delta', { operation: 'lets-go' })).toBe(sent);
  }, waiting);
}

describe.skipIf(collectorFile === undefined)('the Collector (needs HELIOS_TEST_OTELCOL)', () => {
  it.each(['http', 'grpc'] as const)(
    'by %s: host metrics, logs and load arrive whole',
    { timeout: timeoutMs },
    async (way) => {
      await using receiver = await openOtelReceiver();
      await using collector = await startCollector({ way, ...receiver });
      await sendLoad(collector, { from: 0, to: requests });
      await waitForAll(receiver);
      await vi.waitFor(async () => {
        const samples = await receiver.samples();
        const metrics = new Set(samples.filter(({ asset }) => asset === 'test-host').map(({ metric }) => metric));
        expect([...metrics].sort()).toEqual(
          expect.arrayContaining([
            'system_cpu_time_seconds_total',
            'system_memory_usage_bytes',
            'system_network_io_bytes_total',
          ]),
        );
      }, waiting);
    },
  );

  it.each(['http', 'grpc'] as const)(
    'by %s: overload and an outage lose nothing',
    { timeout: timeoutMs },
    async (way) => {
      await using receiver = await openOtelReceiver({ samplesPerSecond: 3000, samplesBurst: 1000 });
      receiver.setOutage(true);
      await using collector = await startCollector({ way, ...receiver });
      await sendLoad(collector, { from: 0, to: requests });
      await vi.waitFor(() => expect(receiver.refusals()).toBeGreaterThan(3), waiting);
      receiver.setOutage(false);
      await waitForAll(receiver);
    },
  );
});
