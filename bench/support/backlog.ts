import { setImmediate as nextTurn } from 'node:timers/promises';
import { AssetId, type TenantId } from '@heliosiq/model';
import type { EventLog, SeriesRegistry } from '@heliosiq/ports';
import { newSeriesEntry } from '../../packages/ingest/src/intake/series-book.ts';
import { addSample, createTelemetryBatch } from '../../packages/ingest/src/intake/telemetry-batch.ts';
import { createTelemetryIntake } from '../../packages/ingest/src/intake/telemetry-intake.ts';
import { unlimitedQuota } from '../../packages/ingest/src/intake/tenant-quota.ts';

const samplesPerRequest = 2000;
const stepMs = 15_000;

export interface ScrapeOptions {
  readonly log: EventLog;
  readonly registry: SeriesRegistry;
  readonly tenantId: TenantId;
  readonly seriesCount: number;
  /** The event loop is kept busy for this long per request, as a door that reads it would. Default 0. */
  readonly doorMs?: number;
}

/** Sends what scrapes of many hosts would: rounds over all series, one sample each, in requests of 2,000 samples. */
export interface Scrapes {
  readonly requestsPerRound: number;
  /** Stores the next request. */
  send(): Promise<void>;
  readonly sent: () => number;
}

/** A third of the series are counters, a third percentages with two decimals, a third random walks with all their digits. */
export function createScrapes({ tenantId, seriesCount, doorMs = 0, ...deps }: ScrapeOptions): Scrapes {
  const intake = createTelemetryIntake({ ...deps, quota: unlimitedQuota });
  const entries = Array.from({ length: seriesCount }, (_, index) => {
    const instance = `10.0.${Math.floor(index / 25_600)}.${Math.floor(index / 100) % 256}:9100`;
    const labels = { instance, job: 'node', region: 'eu-west-1', device: `disk-${index % 100}` };
    return newSeriesEntry(tenantId, { asset: AssetId.parse(instance), metric: `node_metric_${index % 20}`, labels });
  });
  const values = Float64Array.from({ length: seriesCount }, (_, index) => index * 100);
  const startAt = Date.now() - 86_400_000;
  let next = 0;
  let sent = 0;
  return {
    requestsPerRound: Math.ceil(seriesCount / samplesPerRequest),
    async send() {
      // A door's work begins with bytes that arrived, which is another turn of the event loop.
      await nextTurn();
      const busyUntil = performance.now() + doorMs;
      while (performance.now() < busyUntil);
      const batch = createTelemetryBatch(tenantId);
      for (let count = 0; count < samplesPerRequest; count += 1) {
        const index = next % seriesCount;
        const entry = entries[index];
        if (entry === undefined) break;
        const value = nextValue(index, values[index] ?? 0);
        values[index] = value;
        addSample(batch, entry, startAt + Math.floor(next / seriesCount) * stepMs, value);
        next += 1;
      }
      await intake.store(batch);
      sent += batch.times.length;
    },
    sent: () => sent,
  };
}

/** Sends so many samples of each series, four requests at a time. */
export async function fillBacklog(
  options: ScrapeOptions & { readonly samplesPerSeries: number },
): Promise<{ readonly seconds: number }> {
  const scrapes = createScrapes(options);
  const wanted = (options.seriesCount * options.samplesPerSeries) / samplesPerRequest;
  const startedAt = performance.now();
  let requests = 0;
  const sender = async (): Promise<void> => {
    while (requests++ < wanted) await scrapes.send();
  };
  await Promise.all(Array.from({ length: 4 }, sender));
  return { seconds: (performance.now() - startedAt) / 1000 };
}

function nextValue(index: number, value: number): number {
  if (index % 3 === 0) return value + Math.floor(Math.random() * 1000);
  if (index % 3 === 1) return Math.round((50 + 20 * Math.sin(index) + Math.random() * 10) * 100) / 100;
  return value + Math.random() - 0.5;
}
