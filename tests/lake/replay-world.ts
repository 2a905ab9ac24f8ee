import { createMemoryAnomalyStore } from '@heliosiq/adapters/memory/anomaly-store.ts';
import { createMemoryBlobStore } from '@heliosiq/adapters/memory/blob-store.ts';
import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemoryRollupStore } from '@heliosiq/adapters/memory/rollup-store.ts';
import { createMemorySeriesRegistry } from '@heliosiq/adapters/memory/series-registry.ts';
import { createMemorySeriesStore } from '@heliosiq/adapters/memory/series-store.ts';
import { createMemorySignalStore } from '@heliosiq/adapters/memory/signal-store.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { createMemoryTopologyStore } from '@heliosiq/adapters/memory/topology-store.ts';
import type { BlobStore, NewRecord, Pacer } from '@heliosiq/ports';
import { createPacer } from '@heliosiq/ports';
import { expect, vi } from 'vitest';
import { createAnomalyRebuilder } from '../../packages/detect/src/anomaly-rebuilder.ts';
import { createDetect } from '../../packages/detect/src/detect.ts';
import { createBronze } from '../../packages/lake/src/bronze/bronze.ts';
import { rollUpSeries } from '../../packages/lake/src/gold/roll-up-series.ts';
import { createLake } from '../../packages/lake/src/lake.ts';
import { proveLake, type LakeFindings, type ProveLakeDeps } from '../../packages/lake/src/replay/prove-lake.ts';
import { recordedWith, tenantId } from '../detect/fault-recording.ts';

export const dayMs = 86_400_000;

/** When the recording of `fault-recording.ts` begins. */
export const recordedFrom = Date.UTC(2026, 0, 5);

/** The stages from log to lake and anomalies, with bronze beside them, all in memory but for the blobs that are given. */
export async function openReplayWorld({ blobs = createMemoryBlobStore() }: { readonly blobs?: BlobStore } = {}) {
  const log = createMemoryEventLog();
  const registry = createMemorySeriesRegistry();
  const series = createMemorySeriesStore();
  const signals = createMemorySignalStore();
  const anomalies = createMemoryAnomalyStore();
  const rollups = createMemoryRollupStore();
  const states = createMemoryStateStore();
  const logger = createMemoryLogger();
  const meter = createMemoryMeter();
  const pacer: Pacer = createPacer();
  const common = { log, registry, logger, meter, pacer };
  const bronze = createBronze({ ...common, blobs });
  const stop = new AbortController();
  const running = [
    bronze.run(stop.signal),
    createLake({
      ...common,
      series,
      signals,
      topology: createMemoryTopologyStore(),
      options: { flushIntervalMs: 5 },
    }).run(stop.signal),
    createDetect({ ...common, anomalies, states, settings: { saveAfterMs: 5 } }).run(stop.signal),
  ];
  const recording = await recordedWith(registry);
  const deps: ProveLakeDeps = {
    ...common,
    blobs,
    series,
    signals,
    anomalies,
    rollups,
    changes: series,
    rebuilder: createAnomalyRebuilder(logger),
    hurryBronze: () => bronze.roll(),
  };

  return {
    ...deps,
    deps,
    rollups,
    states,
    logger,
    tenantId,
    recording,
    send: (records: readonly NewRecord[]) => log.append(tenantId, 'signals', records),
    /** Waits until all stages have worked off what was sent. */
    async settled() {
      await vi.waitFor(
        async () => {
          bronze.roll();
          const lag = (await log.lag()).filter(({ topic }) => topic === 'signals');
          expect(new Set(lag.map(({ group }) => group)).size).toBe(3);
          expect(lag.reduce((sum, { lagRecords }) => sum + lagRecords, 0)).toBe(0);
        },
        { timeout: 120_000, interval: 5 },
      );
    },
    /** Rolls up a day of every series; the changes of all days are settled. */
    async rollUp(dayAt: number) {
      await series.settle(tenantId, await series.changed(tenantId, { limit: 1000, until: Number.MAX_SAFE_INTEGER }));
      const ids = (await series.list(tenantId, {})).map((each) => each.series.id).sort();
      await rollUpSeries({ series, rollups, pacer }, tenantId, { dayAt, series: ids, signal: stop.signal });
    },
    /** Compares all stages from the beginning of the recording on, or puts them right. */
    prove: (
      options: Partial<Parameters<typeof proveLake>[1]['request']> = {},
      fronts: Partial<ProveLakeDeps> = {},
    ): Promise<LakeFindings> =>
      proveLake(
        { ...deps, ...fronts },
        {
          tenantId,
          request: {
            since: recordedFrom,
            until: recordedFrom + 30 * dayMs,
            stages: ['silver', 'signals', 'gold', 'detect'],
            applies: false,
            checksBronze: true,
            ...options,
          },
          signal: stop.signal,
          onProgress: () => undefined,
        },
      ),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.allSettled(running);
      await log[Symbol.asyncDispose]();
    },
  };
}

export type ReplayWorld = Awaited<ReturnType<typeof openReplayWorld>>;
