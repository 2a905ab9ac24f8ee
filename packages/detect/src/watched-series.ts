import type { SeriesId, TenantId } from '@heliosiq/model';
import { HeliosError } from '@heliosiq/model';
import type { Logger, StateStore } from '@heliosiq/ports';
import type { SeriesSettings } from './series-settings.ts';
import { seasonCountBytes, sketchCountBytes } from './series-state.ts';
import { createSeriesSeat, watchLength } from './series-watch.ts';
import type { SeriesSeat, SeriesWatch } from './series-watch.ts';
import { createSparseBytes } from './sparse-bytes.ts';

/** Scope of the states in the store; a new layout of the state takes a new scope and learns anew. */
export const stateScope = 'detect-series-5';
/** Reads of so many states each, so many at the same time: the store reads one while another is decoded here. */
const keysPerRead = 350;
const readsAtOnce = 3;
const entriesPerWrite = 1000;

/** What a held watch takes beside its state: keys, entries of maps, objects. */
const heldOverheadBytes = 400;
/** Room for a state grows by so much at a time, so that most changes fit where they are. */
const roomStepBytes = 64;

interface Held {
  readonly tenantId: TenantId;
  readonly seriesId: SeriesId;
  /** Room for the packed state of the series' watch, of which the first `length` bytes are in use. */
  room: Uint8Array;
  length: number;
  /** True while the room is what the store gave, which must not be written to. */
  isBorrowed: boolean;
  dirty: boolean;
}

/** The watches in memory: the most recently used ones, the rest waits in the state store. */
export interface WatchedSeries {
  /** Brings the watches of these series into memory, restored or new. */
  load(tenantId: TenantId, seriesIds: readonly SeriesId[]): Promise<void>;
  /** Works with a loaded watch at a threshold (a likelihood in [0, 1]), which is then marked as changed; with one at a time. */
  withWatch(
    series: { readonly tenantId: TenantId; readonly seriesId: SeriesId },
    threshold: number,
    work: (watch: SeriesWatch) => Promise<void>,
  ): Promise<void>;
  /** Writes what changed, then lets the least recently used go down to the limit. */
  save(): Promise<void>;
  /** Drops everything, saved or not: another process may have gone on meanwhile. */
  forget(): void;
  readonly size: () => number;
  /** True when more is held than the limit: `save` lets some go. */
  readonly isFull: () => boolean;
}

export interface WatchedSeriesOptions {
  readonly states: StateStore;
  readonly logger: Logger;
  readonly settings: SeriesSettings;
  /** Memory for watches between saves, about. */
  readonly heldBytesMax: number;
}

/** Watches over a state store. At rest a state is packed: a young series or one without seasons takes a fraction of the whole. */
export function createWatchedSeries({ states, logger, settings, heldBytesMax }: WatchedSeriesOptions): WatchedSeries {
  // A Map keeps insertion order; a watch that is used again is put at its end.
  const held = new Map<string, Held>();
  let heldBytes = 0;
  const keyOf = (tenantId: TenantId, seriesId: SeriesId): string => `${tenantId} ${seriesId}`;

  const seat = createSeriesSeat(settings);
  const seats = new Map([[settings.threshold, seat]]);
  const sparse = createSparseBytes(watchLength, { alike: seasonCountBytes, small: sketchCountBytes });
  const packed = new Uint8Array(sparse.packedLengthMax);
  const fresh = packedSeat();

  function packedSeat(): Uint8Array {
    seat.saveTo(sparse.bytes);
    return packed.subarray(0, sparse.pack(packed)).slice();
  }

  /** Takes the seat of a held series; a new one where it cannot be read. */
  function seatSeries(on: SeriesSeat, { room, length, seriesId }: Held): void {
    try {
      sparse.unpack(room.subarray(0, length));
      on.load(sparse.bytes);
    } catch (error) {
      if (!(error instanceof HeliosError)) throw error;
      logger.warn({ seriesId, reason: error.message }, 'a stored model cannot be read and is learnt anew');
      sparse.unpack(fresh);
      on.load(sparse.bytes);
    }
  }

  function keep(each: Held, bytes: Uint8Array): void {
    if (each.isBorrowed || bytes.length > each.room.length) {
      each.isBorrowed = false;
      heldBytes -= each.room.length;
      each.room = new Uint8Array(Math.ceil(bytes.length / roomStepBytes) * roomStepBytes);
      heldBytes += each.room.length;
    }
    each.room.set(bytes);
    each.length = bytes.length;
  }

  /** A seat of another threshold; there are as many as levels of sensitivity. */
  function seatOf(threshold: number): SeriesSeat {
    const known = seats.get(threshold) ?? createSeriesSeat({ ...settings, threshold });
    seats.set(threshold, known);
    return known;
  }

  async function workWith(
    on: SeriesSeat,
    { tenantId, seriesId }: { readonly tenantId: TenantId; readonly seriesId: SeriesId },
    work: (watch: SeriesWatch) => Promise<void>,
  ): Promise<void> {
    const key = keyOf(tenantId, seriesId);
    const found = held.get(key);
    if (found === undefined) throw new HeliosError('internal', `the model of series ${seriesId} was not loaded`);
    if (!found.dirty) {
      held.delete(key);
      held.set(key, found);
      found.dirty = true;
    }
    seatSeries(on, found);
    await work(on);
    on.saveTo(sparse.bytes);
    keep(found, packed.subarray(0, sparse.pack(packed)));
  }

  return {
    size: () => held.size,
    isFull: () => heldBytes > heldBytesMax,
    forget() {
      held.clear();
      heldBytes = 0;
    },
    async load(tenantId, seriesIds) {
      const missing = seriesIds.filter((seriesId) => !held.has(keyOf(tenantId, seriesId)));
      for (let start = 0; start < missing.length; start += readsAtOnce * keysPerRead) {
        const reads = Array.from({ length: readsAtOnce }, (_, index) => start + index * keysPerRead)
          .map((from) => missing.slice(from, from + keysPerRead))
          .filter((keys) => keys.length > 0)
          .map(async (keys) => ({ keys, entries: await states.get(tenantId, stateScope, keys) }));
        for (const { keys, entries } of await Promise.all(reads)) {
          const stored = new Map(entries.map(({ key, bytes }) => [key, bytes]));
          for (const seriesId of keys) {
            // What was stored is kept as it is and looked at when it is needed: a restart reads very many at once.
            const room = stored.get(seriesId) ?? fresh;
            const { length } = room;
            held.set(keyOf(tenantId, seriesId), { tenantId, seriesId, room, length, isBorrowed: true, dirty: false });
            heldBytes += length + heldOverheadBytes;
          }
        }
      }
    },
    withWatch: (series, threshold, work) => workWith(seatOf(threshold), series, work),
    async save() {
      const byTenant = Map.groupBy(
        [...held.values()].filter((each) => each.dirty),
        (each) => each.tenantId,
      );
      for (const [tenantId, changed] of byTenant) {
        for (let start = 0; start < changed.length; start += entriesPerWrite) {
          const part = changed.slice(start, start + entriesPerWrite);
          await states.put(
            tenantId,
            stateScope,
            part.map(({ seriesId, room, length }) => ({ key: seriesId, bytes: room.subarray(0, length) })),
          );
          for (const each of part) each.dirty = false;
        }
      }
      for (const [key, each] of held) {
        if (heldBytes <= heldBytesMax) break;
        held.delete(key);
        heldBytes -= each.room.length + heldOverheadBytes;
      }
    },
  };
}
