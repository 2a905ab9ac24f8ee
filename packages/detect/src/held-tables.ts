import { HeliosError, type TenantId } from '@heliosiq/model';
import type { Gauge, Logger, StateStore } from '@heliosiq/ports';
import { createPartitionState } from './partition-state.ts';
import type { RecordTable } from './record-table.ts';
import { type SeriesRows, createRowColumn } from './series-rows.ts';

/** What a part of the stage holds of one partition of a tenant: a table of its series, numbers beside it, and who watches them. */
export interface HeldTable<Watch> {
  readonly tenantId: TenantId;
  readonly partition: number;
  readonly table: RecordTable;
  readonly head: Float64Array;
  readonly watch: Watch;
  /** Where the numbers of a series begin, a new one's too; -1 where there is no room for it, which is counted. Marks it as changed. */
  placeOf(ref: number): number;
  /** The same by a series' row and number, for the samples of a record: what was found stays known as long as the rows. */
  placesOf(rows: SeriesRows): (row: number, ref: number) => number;
  /** Marks a series as changed, by where its numbers begin. */
  changed(place: number): void;
}

/** Tables by tenant and partition, kept in a state store. */
export interface HeldTables<Watch> {
  of(tenantId: TenantId, partition: number): Promise<HeldTable<Watch>>;
  /** Writes what changed. */
  save(): Promise<void>;
  /** Drops everything, saved or not: another process may have gone on meanwhile. */
  forget(): void;
}

export interface HeldTablesOptions<Watch> {
  readonly states: StateStore;
  readonly scope: string;
  readonly logger: Logger;
  /** Takes how many samples found no room for their series. */
  readonly unwatched: Gauge;
  readonly createTable: () => RecordTable;
  readonly createWatch: (table: RecordTable) => Watch;
  /** Numbers beside a table, which begin as 0. */
  readonly headNumbers: number;
  /** Series of a partition at most. */
  readonly seriesMax: number;
  /** What is logged of a stored table that cannot be read. */
  readonly lostMessage: string;
}

interface Kept<Watch> extends HeldTable<Watch> {
  /** Chunks of the table that changed since they were saved. */
  readonly dirty: Set<number>;
  turnedAway: number;
  /** The chunk that was marked as changed last; -1 after a save. */
  lastChunk: number;
}

export function createHeldTables<Watch>(options: HeldTablesOptions<Watch>): HeldTables<Watch> {
  const { createTable, createWatch, headNumbers, seriesMax } = options;
  const state = createPartitionState(options.states, options.scope);
  const held = new Map<string, Kept<Watch>>();

  async function restored(tenantId: TenantId, partition: number): Promise<Pick<Kept<Watch>, 'table' | 'head'>> {
    const fresh = { table: createTable(), head: new Float64Array(headNumbers) };
    const stored = await state.load({ tenantId, partition });
    if (stored === undefined || stored.head.length !== headNumbers) return fresh;
    try {
      const table = createTable();
      for (const chunk of stored.chunks) table.append(chunk);
      return { table, head: stored.head };
    } catch (error) {
      if (!(error instanceof HeliosError)) throw error;
      options.logger.warn({ partition, reason: error.message }, options.lostMessage);
      return fresh;
    }
  }

  function keep(
    tenantId: TenantId,
    partition: number,
    { table, head }: Pick<Kept<Watch>, 'table' | 'head'>,
  ): Kept<Watch> {
    const dirty = new Set<number>();
    const places = createRowColumn<number>();
    const each: Kept<Watch> = {
      ...{ tenantId, partition, table, head, dirty, turnedAway: 0, lastChunk: -1 },
      watch: createWatch(table),
      changed(place) {
        const chunk = table.chunkOf(place);
        // Samples that follow each other are mostly of neighbours.
        if (chunk === each.lastChunk) return;
        each.lastChunk = chunk;
        dirty.add(chunk);
      },
      placesOf(rows) {
        const known = places.of(rows);
        return (row, ref) => {
          const place = known[row];
          if (place !== undefined) {
            each.changed(place);
            return place;
          }
          const found = each.placeOf(ref);
          if (found !== -1) known[row] = found;
          return found;
        };
      },
      placeOf(ref) {
        let place = table.find(ref);
        if (place === -1 && table.size() >= seriesMax) {
          each.turnedAway += 1;
          return -1;
        }
        if (place === -1) place = table.add(ref);
        each.changed(place);
        return place;
      },
    };
    return each;
  }

  return {
    async of(tenantId, partition) {
      const key = `${tenantId} ${partition}`;
      const found = held.get(key) ?? keep(tenantId, partition, await restored(tenantId, partition));
      held.set(key, found);
      return found;
    },
    async save() {
      let turnedAway = 0;
      for (const each of held.values()) {
        turnedAway += each.turnedAway;
        if (each.dirty.size === 0) continue;
        const changed = [...each.dirty].map((chunk) => [chunk, each.table.pack(chunk)] as const);
        await state.save(each, each.head, { total: each.table.chunkCount(), changed });
        each.dirty.clear();
        each.lastChunk = -1;
      }
      options.unwatched.set(turnedAway);
    },
    forget: () => held.clear(),
  };
}
