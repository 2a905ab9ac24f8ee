import { createMemoryAnomalyStore } from '@heliosiq/adapters/memory/anomaly-store.ts';
import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemorySeriesRegistry } from '@heliosiq/adapters/memory/series-registry.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { AnomalyEvent } from '@heliosiq/model';
import { keyOfLane } from '@heliosiq/model/signal-lane.ts';
import type { EventLog, NewRecord } from '@heliosiq/ports';
import { expect, test, vi } from 'vitest';
import { createDetect, detectGroup } from '../../packages/detect/src/detect.ts';
import { logService, serviceAsset } from '../../packages/detect/src/testing/log-service.ts';
import { logRecordsOf, logTenant } from '../../packages/detect/src/testing/watched-logs.ts';

vi.setConfig({ testTimeout: 120_000 });

const hourMs = 3_600_000;
const lines = [...logService({ seed: 5, minutes: 8 * 60, requestsPerMinute: 1 })];
const begin = lines[0]?.at ?? 0;
const error = { at: begin + 7 * hourMs, body: 'FATAL volume data-3 went read only', severity: 'critical' } as const;
const records: readonly NewRecord[] = logRecordsOf(
  [...lines, error, { ...error, at: error.at + 60_000 }].sort((a, b) => a.at - b.at),
  serviceAsset,
).map(({ id, value }) => ({ key: keyOfLane(3), id, value }));

/** Lets stages run one after the other over parts of the log, each but the last ended by its signal. */
async function foundIn(parts: number): Promise<readonly AnomalyEvent[]> {
  await using log = createMemoryEventLog();
  const [states, anomalies] = [createMemoryStateStore(), createMemoryAnomalyStore()];
  for (let part = 0; part < parts; part += 1) {
    const stop = new AbortController();
    const from = Math.floor((part * records.length) / parts);
    const to = Math.floor(((part + 1) * records.length) / parts);
    await log.append(logTenant, 'signals', records.slice(from, to));
    const deps = { log, states, anomalies, registry: createMemorySeriesRegistry(), logger: createMemoryLogger() };
    const service = createDetect({ ...deps, meter: createMemoryMeter(), settings: { saveAfterMs: 5 } });
    const running = service.run(stop.signal);
    await vi.waitFor(async () => expect(await lagOf(log)).toBe(0), { timeout: 60_000, interval: 20 });
    stop.abort();
    await running;
  }
  const stored = await anomalies.find(logTenant, {}, { limit: 100 });
  const told = await toldIn(log);
  // Who reads an event finds the anomaly: the last state of each is the stored one.
  const latest = new Map(told.map(({ anomaly }) => [anomaly.id, anomaly]));
  expect(new Map(stored.map((anomaly) => [anomaly.id, anomaly]))).toEqual(latest);
  return told;
}

async function lagOf(log: EventLog): Promise<number> {
  const lag = (await log.lag()).filter(({ group }) => group === detectGroup);
  return lag.length === 0 ? Infinity : lag.reduce((sum, { lagRecords }) => sum + lagRecords, 0);
}

async function toldIn(log: EventLog): Promise<AnomalyEvent[]> {
  const slices = await Promise.all(
    [0, 1, 2, 3].map((partition) => log.read(logTenant, 'anomalies', { partition, fromOffset: 0, recordsMax: 1000 })),
  );
  return slices.flatMap((slice) =>
    slice.records.map(({ value }) => AnomalyEvent.parse(JSON.parse(Buffer.from(value).toString()))),
  );
}

test('the stage tells of unusual logs beside samples, the same across restarts, each change once', async () => {
  const told = await foundIn(1);
  const fresh = told.filter(({ anomaly }) => anomaly.detector === 'log-new-pattern');
  expect(fresh.map(({ kind, anomaly }) => [kind, anomaly.startedAt])).toEqual([
    ['anomaly-opened', error.at],
    ['anomaly-closed', error.at],
  ]);
  expect(fresh[0]?.anomaly.explanation).toContain(error.body);
  expect(await foundIn(5)).toEqual(told);
});
