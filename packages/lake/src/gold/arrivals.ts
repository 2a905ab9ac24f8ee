import { setTimeout } from 'node:timers/promises';
import type { SampleBlock, SeriesId, TenantId } from '@heliosiq/model';
import type { SeriesStore, Service, StateStore } from '@heliosiq/ports';
import { decodeArrivals, encodeArrivals, type Arrival } from './arrival-page.ts';

/** Counts how often the samples of each series and day came, which the store of samples, that has each once, cannot tell. */
export interface Arrivals {
  /** The store, with everything that is appended to it counted. */
  counted(series: SeriesStore): SeriesStore;
  /** Writes what was counted every ten minutes, and at its end. */
  readonly service: Service;
}

export interface ArrivalsDeps {
  readonly states: StateStore;
  readonly now: () => number;
  /** Time between two writes. Default 600,000. */
  readonly everyMs?: number;
}

const scope = 'arrivals';
const dayMs = 86_400_000;
const lateMs = 300_000;
/** A day's place is taken again after so many days: what is kept does not grow. */
const daysKept = 64;

/** Counts in memory at most; with more they are written sooner. */
const countsMax = 1_000_000;

const keyOf = (day: number, shard: number): string =>
  `${((day % daysKept) + daysKept) % daysKept}-${shard.toString(16)}`;
/** Series are parted by the first digit of their id, so that no state grows large. */
const shardOf = (id: SeriesId): number => Number.parseInt(id.charAt(0), 16);

export function createArrivals({ states, now, everyMs = 600_000 }: ArrivalsDeps): Arrivals {
  let tenants = new Map<TenantId, Map<number, Map<SeriesId, { arrived: number; late: number }>>>();
  let counts = 0;

  function countOf(tenantId: TenantId, day: number, id: SeriesId): { arrived: number; late: number } {
    const days = tenants.get(tenantId) ?? new Map<number, Map<SeriesId, { arrived: number; late: number }>>();
    tenants.set(tenantId, days);
    const series = days.get(day) ?? new Map<SeriesId, { arrived: number; late: number }>();
    days.set(day, series);
    let count = series.get(id);
    if (count === undefined) {
      count = { arrived: 0, late: 0 };
      series.set(id, count);
      counts += 1;
    }
    return count;
  }

  function note(tenantId: TenantId, blocks: readonly SampleBlock[]): void {
    const moment = now();
    for (const { series, times } of blocks) {
      let day = Number.NaN;
      let count = { arrived: 0, late: 0 };
      for (let index = 0; index < times.length; index += 1) {
        const at = times[index] ?? 0;
        if (!(at >= day * dayMs && at < (day + 1) * dayMs)) {
          day = Math.floor(at / dayMs);
          // Older days have no place, and days to come would take that of another.
          const hasPlace = day > moment / dayMs - daysKept + 1 && day <= moment / dayMs + 1;
          count = hasPlace ? countOf(tenantId, day, series.id) : { arrived: 0, late: 0 };
        }
        count.arrived += 1;
        if (at < moment - lateMs) count.late += 1;
      }
    }
  }

  /** Adds what was counted to what is kept. */
  async function flush(): Promise<void> {
    const counted = tenants;
    tenants = new Map();
    counts = 0;
    for (const [tenantId, days] of counted) {
      for (const [day, series] of days) {
        for (const [shard, some] of Map.groupBy(series, ([id]) => shardOf(id))) {
          const kept = new Map(await readShard(states, tenantId, { day, shard }));
          for (const [id, { arrived, late }] of some) {
            const before = kept.get(id);
            kept.set(id, { arrived: arrived + (before?.arrived ?? 0), late: late + (before?.late ?? 0) });
          }
          await states.put(tenantId, scope, [{ key: keyOf(day, shard), bytes: encodeArrivals(day, kept) }]);
        }
      }
    }
  }

  return {
    counted: (series) => ({
      ...series,
      async append(tenantId, blocks) {
        await series.append(tenantId, blocks);
        note(tenantId, blocks);
      },
    }),
    service: {
      name: 'arrivals',
      async run(signal) {
        while (!signal.aborted) {
          for (let waitedMs = 0; waitedMs < everyMs && counts < countsMax && !signal.aborted; waitedMs += 1000) {
            await setTimeout(Math.min(1000, everyMs), undefined, { signal, ref: false }).catch((error: unknown) => {
              if (!signal.aborted) throw error;
            });
          }
          await flush();
        }
      },
    },
  };
}

async function readShard(
  states: StateStore,
  tenantId: TenantId,
  { day, shard }: { readonly day: number; readonly shard: number },
): Promise<ReadonlyMap<SeriesId, Arrival>> {
  const [entry] = await states.get(tenantId, scope, [keyOf(day, shard)]);
  const found = entry && decodeArrivals(entry.bytes);
  // The place may still have the day before in it.
  return found?.day === day ? found.arrivals : new Map();
}

/** How often the samples of a series came on a day; undefined where nobody counted. `dayAt` is the day's first moment. */
export function createArrivalReader(
  states: StateStore,
): (tenantId: TenantId, seriesId: SeriesId, days: readonly number[]) => Promise<ReadonlyMap<number, Arrival>> {
  return async (tenantId, seriesId, days) => {
    const shard = shardOf(seriesId);
    const keys = [...new Set(days.map((dayAt) => keyOf(dayAt / dayMs, shard)))];
    const found = new Map<number, Arrival>();
    for (const { bytes } of await states.get(tenantId, scope, keys)) {
      const { day, arrivals } = decodeArrivals(bytes);
      const own = arrivals.get(seriesId);
      if (own !== undefined && days.includes(day * dayMs)) found.set(day * dayMs, own);
    }
    return found;
  };
}
