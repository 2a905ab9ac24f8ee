/**
 * CPU of the whole detection stage per sample, where every series brings one sample at a time: what scrapes of a fleet look
 * like at the head of the log, and the dearest form in which samples come. In-memory stores stand for the database, so that
 * the figure is of the stage alone. Prints one JSON line.
 * `node bench/detect-stage.bench.ts [series] [rounds] [file for a CPU profile]`
 */
import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { createMemoryAnomalyStore } from '@heliosiq/adapters/memory/anomaly-store.ts';
import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemorySeriesRegistry } from '@heliosiq/adapters/memory/series-registry.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { createDetect } from '../packages/detect/src/detect.ts';
import { AssetId, TenantId } from '@heliosiq/model';
import { newSeriesEntry } from '../packages/ingest/src/intake/series-book.ts';
import { addSample, createTelemetryBatch } from '../packages/ingest/src/intake/telemetry-batch.ts';
import { createTelemetryIntake } from '../packages/ingest/src/intake/telemetry-intake.ts';
import { unlimitedQuota } from '../packages/ingest/src/intake/tenant-quota.ts';

const seriesCount = Number(process.argv[2] ?? 5000);
const rounds = Number(process.argv[3] ?? 60);
const profile = process.argv[4];
const warmRounds = 200;
const stepMs = 60_000;
const metricsPerAsset = 10;
const tenantId = TenantId.parse('bench');

async function main(): Promise<void> {
  const log = createMemoryEventLog();
  const [registry, states] = [createMemorySeriesRegistry(), createMemoryStateStore()];
  const anomalies = createMemoryAnomalyStore();
  const [meter, logger] = [createMemoryMeter(), createMemoryLogger()];
  const intake = createTelemetryIntake({ log, registry, quota: unlimitedQuota });
  const entries = Array.from({ length: seriesCount }, (_, index) =>
    newSeriesEntry(tenantId, {
      asset: AssetId.parse(`host-${Math.floor(index / metricsPerAsset)}`),
      metric: `metric_${index % metricsPerAsset}`,
      labels: {},
    }),
  );
  const stop = new AbortController();
  const running = createDetect({ log, registry, states, anomalies, meter, logger }).run(stop.signal);
  const judged = (): number => meter.value('heliosiq_detect_samples_total') ?? 0;
  const startAt = Math.floor(Date.now() / stepMs) * stepMs - (warmRounds + rounds) * stepMs;
  let sent = 0;

  async function round(index: number): Promise<void> {
    const batch = createTelemetryBatch(tenantId);
    for (const [one, entry] of entries.entries()) {
      const noise = Math.sin(one * 12.9898 + index * 78.233) * 43_758.5453;
      addSample(batch, entry, startAt + index * stepMs, 50 + 2 * (noise - Math.floor(noise)));
    }
    await intake.store(batch);
    sent += seriesCount;
  }
  async function settled(): Promise<void> {
    while (judged() < sent) await pause(5);
  }

  for (let index = 0; index < warmRounds; index += 1) {
    await round(index);
    if (index % 10 === 9) await settled();
  }
  await settled();
  const session = new Session();
  session.connect();
  if (profile !== undefined) {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 200 });
    await session.post('Profiler.start');
  }
  let usedUs = 0;
  for (let index = 0; index < rounds; index += 1) {
    await round(warmRounds + index);
    const before = process.cpuUsage();
    await settled();
    const { user, system } = process.cpuUsage(before);
    usedUs += user + system;
  }
  if (profile !== undefined) {
    const { profile: found } = await session.post('Profiler.stop');
    await writeFile(profile, JSON.stringify(found));
  }
  stop.abort();
  await running;
  console.log(
    JSON.stringify({
      bench: 'detect-stage',
      series: seriesCount,
      us_per_sample: Math.round((100 * usedUs) / (rounds * seriesCount)) / 100,
    }),
  );
}

await main();
