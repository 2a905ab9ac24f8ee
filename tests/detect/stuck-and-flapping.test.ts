import { createMemoryAnomalyStore } from '@heliosiq/adapters/memory/anomaly-store.ts';
import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemorySeriesRegistry } from '@heliosiq/adapters/memory/series-registry.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { AssetId, type SeriesRef } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { encodeSampleColumns } from '@heliosiq/model/sample-columns.ts';
import type { NewRecord } from '@heliosiq/ports';
import { expect, test, vi } from 'vitest';
import { createDetect, detectGroup } from '../../packages/detect/src/detect.ts';
import { createNormal } from '../../packages/detect/src/testing/random-series.ts';
import { announcedById, tenantId } from './fault-recording.ts';

const startMs = Date.UTC(2026, 0, 5);
const stepMs = 300_000;
const rows = 1600;
const rowsPerRecord = 16;

function seriesOf(asset: string, metric: string): SeriesRef {
  const named = { asset: AssetId.parse(asset), metric, labels: {} };
  return { id: seriesIdOf(tenantId, named), ...named };
}

const stuck = seriesOf('pump', 'pressure');
const flapping = seriesOf('gateway', 'errors');

/** A pressure that is stuck from row 1000 to 1199, and errors that come and go nine times between rows 1220 and 1400. */
function recordsOf(refs: readonly number[]): readonly NewRecord[] {
  const normal = createNormal(41);
  const values = Array.from({ length: rows }, (_, row) => {
    const isBurst = row >= 1220 && row < 1400 && row % 20 < 8;
    return [20 + normal(), 5 + 0.5 * normal() + (isBurst ? 400 : 0)];
  });
  for (let row = 1001; row < 1200; row += 1) (values[row] ?? [])[0] = values[1000]?.[0] ?? 0;
  const records: NewRecord[] = [];
  for (let from = 0; from < rows; from += rowsPerRecord) {
    const some = values.slice(from, from + rowsPerRecord);
    const columns = {
      refs: Float64Array.from(some.flatMap(() => refs)),
      times: Float64Array.from(some.flatMap((_, row) => refs.map(() => startMs + (from + row) * stepMs))),
      values: Float64Array.from(some.flat()),
    };
    const value = encodeSampleColumns(columns, Int32Array.from(columns.refs.keys()), {
      from: 0,
      to: columns.refs.length,
    });
    records.push({ key: 'lane-0', id: `rows-${from}`, value });
  }
  return records;
}

/** Works off all records in so many stretches, each with a stage of its own; what was told, and what is stored. */
async function runIn(stretches: number) {
  const registry = createMemorySeriesRegistry();
  const refs = await registry.register(tenantId, [stuck, flapping]);
  const records = recordsOf(refs);
  const log = createMemoryEventLog();
  const states = createMemoryStateStore();
  const anomalies = createMemoryAnomalyStore();
  const size = Math.ceil(records.length / stretches);
  for (let from = 0; from < records.length; from += size) {
    const stop = new AbortController();
    const running = createDetect({
      ...{ log, registry, states, anomalies },
      meter: createMemoryMeter(),
      logger: createMemoryLogger(),
      settings: { saveAfterMs: 5 },
    }).run(stop.signal);
    running.catch(() => undefined);
    await log.append(tenantId, 'signals', records.slice(from, from + size));
    await vi.waitFor(
      async () => {
        const lag = (await log.lag()).filter(({ group }) => group === detectGroup);
        expect(lag.length).toBeGreaterThan(0);
        expect(lag.reduce((sum, { lagRecords }) => sum + lagRecords, 0)).toBe(0);
      },
      { timeout: 30_000, interval: 5 },
    );
    stop.abort();
    await running;
  }
  const stored = await anomalies.find(tenantId, {}, { limit: 1000 });
  return { told: await announcedById(log), stored };
}

test('a stuck sensor and a series that flaps are one anomaly each, over restarts too', async () => {
  const { told, stored } = await runIn(1);
  const of = (detector: string) => stored.filter((one) => one.detector === detector);
  expect(of('stuck-sensor')).toMatchObject([
    { status: 'closed', startedAt: startMs + 1000 * stepMs, endedAt: startMs + 1200 * stepMs },
  ]);
  expect(of('flapping')).toHaveLength(1);
  const [flap] = of('flapping');
  expect(flap).toMatchObject({ status: 'closed', series: { metric: 'errors' } });
  // What is part of it is found and kept, and told to nobody.
  const quiet = of('series-model').filter(
    (one) =>
      one.series.metric === 'errors' &&
      one.startedAt >= (flap?.startedAt ?? 0) &&
      one.startedAt <= (flap?.endedAt ?? 0),
  );
  expect(quiet.length).toBeGreaterThan(1);
  const toldOf = (id: string): number => [...told.keys()].filter((key) => key.startsWith(id)).length;
  for (const one of quiet) expect(toldOf(one.id)).toBe(0);
  expect(toldOf(flap?.id ?? '-')).toBe(2);
  expect(await runIn(7)).toEqual({ told, stored });
});
