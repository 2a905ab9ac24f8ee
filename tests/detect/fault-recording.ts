import { AssetId, TenantId, type SeriesRef } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { encodeSampleColumns } from '@heliosiq/model/sample-columns.ts';
import { signalKeyOf } from '@heliosiq/model/signal-lane.ts';
import type { EventLog, NewRecord, SeriesRegistry } from '@heliosiq/ports';

/** Whose signals these are. */
export const tenantId = TenantId.parse('acme');

/** 2026-01-05T00:00:00Z; a sample every five minutes. */
const startMs = Date.UTC(2026, 0, 5);
const stepMs = 300_000;

const samplesPerRecord = 25;
const recordsPerSeries = 32;
/** Samples 620 to 629 of every series are four times as high as usual. */
const faultFrom = 620;
const faultTo = 630;

/** A seeded source of uniform numbers in (0, 1) (Park and Miller, 1988). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

const assets = ['web', 'cart', 'db'] as const;

function seriesOf(name: string): SeriesRef {
  const named = { asset: AssetId.parse(name), metric: 'latency', labels: { statistic: 'p99' }, unit: 's' };
  return { id: seriesIdOf(tenantId, named), ...named };
}

/** One latency series with a fault towards its end, as records of the topic `signals`. */
function recordsOf(name: string, series: { readonly ref: number; readonly seed: number }): NewRecord[] {
  const random = createRandom(series.seed);
  return Array.from({ length: recordsPerSeries }, (_, record) => {
    const rows = Float64Array.from({ length: samplesPerRecord }, (__, row) => record * samplesPerRecord + row);
    const columns = {
      refs: rows.map(() => series.ref),
      times: rows.map((row) => startMs + row * stepMs),
      values: rows.map((row) => (row >= faultFrom && row < faultTo ? 0.4 : 0.1) + 0.01 * random()),
    };
    const value = encodeSampleColumns(columns, Int32Array.from(rows.keys()), { from: 0, to: rows.length });
    return { key: signalKeyOf(name), id: `${name}-${record}`, value };
  });
}

/** The recording in two halves, cut within the fault of every series. */
export interface Recording {
  readonly before: readonly NewRecord[];
  readonly after: readonly NewRecord[];
}

/** The recording as a door would append it: its series are registered first. */
export async function recordedWith(registry: SeriesRegistry): Promise<Recording> {
  const refs = await registry.register(
    tenantId,
    assets.map((name) => seriesOf(name)),
  );
  const all = assets.flatMap((name, index) => recordsOf(name, { ref: refs[index] ?? 0, seed: 101 + index }));
  const isBefore = ({ id }: NewRecord): boolean => Number(id.split('-')[1]) <= Math.floor(faultFrom / samplesPerRecord);
  return { before: all.filter(isBefore), after: all.filter((record) => !isBefore(record)) };
}

/** All events on the topic `anomalies` by record id; repeated deliveries of one id must say the same. */
export async function announcedById(log: EventLog): Promise<Map<string, string>> {
  const byId = new Map<string, string>();
  for (let partition = 0; partition < 4; partition++) {
    const { records } = await log.read(tenantId, 'anomalies', { partition, fromOffset: 0, recordsMax: 10_000 });
    for (const { id, value } of records) {
      const text = Buffer.from(value).toString();
      const earlier = byId.get(id);
      if (earlier !== undefined && earlier !== text) throw new Error(`two different events have the id ${id}`);
      byId.set(id, text);
    }
  }
  return byId;
}
