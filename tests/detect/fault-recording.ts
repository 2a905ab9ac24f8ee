import { AssetId, TenantId, type SampleBlock } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import type { EventLog, NewRecord } from '@heliosiq/ports';

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

/** One latency series with a fault towards its end, as records of the topic `signals`. */
function recordsOf(name: string, seed: number): NewRecord[] {
  const asset = AssetId.parse(name);
  const labels = { statistic: 'p99' };
  const series = {
    id: seriesIdOf(tenantId, { asset, metric: 'latency', labels }),
    asset,
    metric: 'latency',
    labels,
    unit: 's',
  };
  const random = createRandom(seed);
  return Array.from({ length: recordsPerSeries }, (_, record) => {
    const first = record * samplesPerRecord;
    const rows = Array.from({ length: samplesPerRecord }, (__, row) => first + row);
    const block: SampleBlock = {
      kind: 'samples',
      series,
      times: rows.map((row) => startMs + row * stepMs),
      values: rows.map((row) => (row >= faultFrom && row < faultTo ? 0.4 : 0.1) + 0.01 * random()),
    };
    return { key: asset, id: `${name}-${record}`, value: Buffer.from(JSON.stringify(block)) };
  });
}

/** The recording in two halves, cut within the fault of every series. */
export function recordedHalves(): { readonly before: readonly NewRecord[]; readonly after: readonly NewRecord[] } {
  const all = ['web', 'cart', 'db'].flatMap((name, index) => recordsOf(name, 101 + index));
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
