/**
 * How fast the intake alone takes samples: arrays of 5,000 of them, 500 series, into a log that keeps nothing.
 * Prints one JSON line. `node bench/intake.bench.ts [seconds]`
 */
import { TenantId } from '@heliosiq/model';
import type { Principal } from '@heliosiq/model';
import type { EventLog, Logger, Meter } from '@heliosiq/ports';
import { createMemorySeriesRegistry } from '@heliosiq/adapters/memory/series-registry.ts';
import { createTelemetryIntake } from '../packages/ingest/src/intake/telemetry-intake.ts';
import { unlimitedQuota } from '../packages/ingest/src/intake/tenant-quota.ts';
import { createSignalIntake } from '../packages/ingest/src/signal-intake.ts';

const durationMs = Number(process.argv[2] ?? 3) * 1000;
const samplesPerRequest = 5000;
const seriesCount = 500;
const principal: Principal = { tenantId: TenantId.parse('bench'), actor: 'bench', role: 'operator' };
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
const uncounted: Meter = {
  counter: () => ({ add() {} }),
  gauge: () => ({ set() {} }),
  histogram: () => ({ observe() {} }),
};
let recordBytes = 0;
const log: Pick<EventLog, 'append'> = {
  append: async (_tenantId, _topic, records) => {
    for (const record of records) recordBytes += record.value.length;
  },
};

function bodyOf(contentType: string): Buffer {
  const start = Date.now() - 60_000;
  const samples = Array.from({ length: samplesPerRequest }, (_, index) =>
    JSON.stringify({
      kind: 'sample',
      asset: `host-${index % (seriesCount / 5)}`,
      metric: ['cpu', 'memory', 'disk', 'network', 'latency'][Math.floor(index / 100) % 5],
      labels: { region: 'eu', cluster: 'a' },
      unit: '1',
      at: start + Math.floor(index / seriesCount) * 1000,
      value: Math.sin(index) * 100,
    }),
  );
  return Buffer.from(contentType === 'application/json' ? `[${samples.join(',')}]` : samples.join('\n'));
}

async function rateOf(contentType: string): Promise<Readonly<Record<string, number>>> {
  // The cast holds because the intake does nothing to its log but append.
  const telemetry = createTelemetryIntake({
    log: log as EventLog,
    registry: createMemorySeriesRegistry(),
    quota: unlimitedQuota,
  });
  const intake = createSignalIntake({ telemetry, meter: uncounted, logger: silent, now: Date.now });
  const body = bodyOf(contentType);
  for (let warmUp = 0; warmUp < 20; warmUp++) await intake.accept(principal, { contentType, body });
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  let accepted = 0;
  while (performance.now() - startedAt < durationMs) {
    const receipt = await intake.accept(principal, { contentType, body });
    accepted += receipt.accepted;
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    samples_per_s: Math.round((accepted / (performance.now() - startedAt)) * 1000),
    // What a core of its own would do: the machine may be shared.
    samples_per_cpu_s: Math.round((accepted / (user + system)) * 1e6),
  };
}

const json = await rateOf('application/json');
const ndjson = await rateOf('application/x-ndjson');
const rssMiB = Math.round(process.memoryUsage().rss / 2 ** 20);
console.log(JSON.stringify({ bench: 'intake', json, ndjson, record_bytes: recordBytes, rss_mib: rssMiB }));
