import { hash } from 'node:crypto';
import type { NewRecord } from '@heliosiq/ports';
import type { KnownSeries } from './series-cache.ts';

/** Samples of one record at most, so that no record outgrows what an event log takes (1 MiB for Kafka's default). */
const samplesPerRecordMax = 10_000;

interface Points {
  readonly times: number[];
  readonly values: number[];
  isAscending: boolean;
}

/** Gathers the samples of one batch by series. */
export interface SampleBlocks {
  add(series: KnownSeries, at: number, value: number): void;
  /** One record a series (more only for very long ones): a `SampleBlock`, ascending, one sample a moment. */
  records(): NewRecord[];
}

/** Starts an empty gathering. Of two samples of one series and moment the later in the batch wins. */
export function createSampleBlocks(): SampleBlocks {
  const pointsOf = new Map<KnownSeries['ref']['id'], { readonly series: KnownSeries; readonly points: Points }>();
  let last: { readonly series: KnownSeries; readonly points: Points } | undefined;

  return {
    add(series, at, value) {
      if (last?.series !== series) {
        last = pointsOf.get(series.ref.id) ?? { series, points: { times: [], values: [], isAscending: true } };
        pointsOf.set(series.ref.id, last);
      }
      const { points } = last;
      const before = points.times.at(-1);
      if (before !== undefined && before >= at) points.isAscending = false;
      points.times.push(at);
      points.values.push(value);
    },

    records() {
      const records: NewRecord[] = [];
      for (const { series, points } of pointsOf.values()) {
        const { times, values } = points.isAscending ? points : ascending(points);
        for (let start = 0; start < times.length; start += samplesPerRecordMax) {
          const end = start + samplesPerRecordMax;
          records.push(recordOf(series, times.slice(start, end), values.slice(start, end)));
        }
      }
      return records;
    },
  };
}

/** The JSON is written by hand because the series' part is the same in every record; finite numbers print as JSON. */
function recordOf(series: KnownSeries, times: readonly number[], values: readonly number[]): NewRecord {
  const points = `"times":[${times.join(',')}],"values":[${values.join(',')}]`;
  return {
    key: series.ref.asset,
    // The same samples are the same fact: a re-send keeps its id.
    id: hash('sha256', `${series.ref.id} ${points}`, 'hex').slice(0, 32),
    value: Buffer.from(`{"kind":"samples","series":${series.json},${points}}`),
  };
}

function ascending({ times, values }: Points): { readonly times: number[]; readonly values: number[] } {
  const latest = new Map<number, number>();
  times.forEach((time, index) => latest.set(time, values[index] ?? Number.NaN));
  const sorted = [...latest].sort(([a], [b]) => a - b);
  return { times: sorted.map(([time]) => time), values: sorted.map(([, value]) => value) };
}
