import type { SeriesId, TenantId } from '@heliosiq/model';
import { HeliosError } from '@heliosiq/model';
import type { Logger, StateStore } from '@heliosiq/ports';
import { createPackedStates, keptBytes } from './packed-states.ts';
import { createPackedWatch } from './packed-watch.ts';
import type { SeriesSettings } from './series-settings.ts';
import { createSeriesSeat, watchLength } from './series-watch.ts';
import type { SeriesSeat, SeriesWatch } from './series-watch.ts';
import { createWarmStates } from './warm-states.ts';

/** Scope of the states in the store; a new layout of the state takes a new scope and learns anew. */
export const stateScope = 'detect-series-8';
/** Reads of so many states each, so many at the same time: the store reads one while another is decoded here. */
const keysPerRead = 350;
const readsAtOnce = 3;
const entriesPerWrite = 500;

/** States at work are kept unpacked, within this share of the memory and as long as so much of it is not in use. */
const warmShare = 0.45;
const warmUntilShare = 0.75;
/** One that was not at work during so many saves is packed again. */
const idleSavesMax = 30;

/** Who is let go goes in one with others, until only this share of the memory is in use. */
const roomyShare = 0.8;

/** What a held watch takes beside its state: its object, entries of maps and lists. */
const heldOverheadBytes = 140;

/** A watch in memory; good until some are let go by `save` or `makeRoom`, and until `forget`. */
export interface HeldWatch {
  readonly tenantId: TenantId;
  readonly seriesId: SeriesId;
}

interface Held extends HeldWatch {
  /** Where the packed state of the series' watch is, -1 while it is warm; and its length. */
  place: number;
  length: number;
  /** The unpacked state, while it is warm. */
  warm: Uint8Array | undefined;
  /** The number of the last save before it was at work. */
  usedAfterSave: number;
  dirty: boolean;
}

/** The watches in memory: the most recently used ones, the rest waits in the state store. */
export interface WatchedSeries {
  /** Brings the watches of these series into memory, restored or new. */
  load(tenantId: TenantId, seriesIds: readonly SeriesId[]): Promise<void>;
  /**
   * Works with a loaded watch at a threshold (a likelihood in [0, 1]), which is then marked as changed. The watch is that of the
   * series until the work returns.
   */
  withWatch<Result>(
    series: { readonly tenantId: TenantId; readonly seriesId: SeriesId },
    threshold: number,
    work: (watch: SeriesWatch) => Result,
  ): Result;
  /** A loaded watch, by which it need not be looked up again. */
  heldOf(tenantId: TenantId, seriesId: SeriesId): HeldWatch | undefined;
  /** Grows when watches are let go: those that were held before must be looked up again. */
  readonly epoch: () => number;
  /** Works with a held watch as `withWatch` does with a loaded one. */
  withHeld<Result>(held: HeldWatch, threshold: number, work: (watch: SeriesWatch) => Result): Result;
  /** Writes what changed; where more is held than the limit it then makes room. */
  save(): Promise<void>;
  /** Lets the least recently used go that are saved; false when more than the limit is held all the same. */
  makeRoom(): boolean;
  /** Packs all states, e.g. because nothing comes any more: at rest they take a fraction of the memory. */
  cool(): void;
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

/**
 * Watches over a state store. At rest a state is packed: a young series or one without seasons takes a fraction of the whole.
 * Those at work are kept as they are while there is room, because packing costs as much as judging a sample or two.
 */
export function createWatchedSeries({ states, logger, settings, heldBytesMax }: WatchedSeriesOptions): WatchedSeries {
  // A Map keeps insertion order; a watch that is used again is put at its end. Ids of series are those of one tenant.
  const held = new Map<SeriesId, Held>();
  let heldBytes = 0;
  let saves = 0;
  let epoch = 0;

  const seat = createSeriesSeat(settings);
  const seats = new Map([[settings.threshold, seat]]);
  const packing = createPackedWatch();
  const packed = new Uint8Array(packing.packedLengthMax);
  const fresh = packedSeat();
  const packedStates = createPackedStates();
  const warmStates = createWarmStates(watchLength, Math.floor((heldBytesMax * warmShare) / watchLength));
  const warm = new Set<Held>();

  function packedSeat(): Uint8Array {
    seat.saveTo(packing.bytes);
    return packed.subarray(0, packing.pack(packed)).slice();
  }

  /** Takes the seat of a held series; a new one where it cannot be read. */
  function seatSeries(on: SeriesSeat, found: Held): void {
    if (found.warm !== undefined) return on.load(found.warm);
    const { place, length, seriesId } = found;
    try {
      packing.unpack(packedStates.at(place, length));
      on.load(packing.bytes);
    } catch (error) {
      if (!(error instanceof HeliosError)) throw error;
      logger.warn({ seriesId, reason: error.message }, 'a stored model cannot be read and is learnt anew');
      packing.unpack(fresh);
      on.load(packing.bytes);
    }
  }

  function keepSeat(on: SeriesSeat, found: Held): void {
    found.warm ??= warmed(found);
    if (found.warm !== undefined) return on.saveTo(found.warm);
    on.saveTo(packing.bytes);
    keep(found, packed.subarray(0, packing.pack(packed)));
  }

  function keep(each: Held, bytes: Uint8Array): void {
    if (each.place >= 0 && keptBytes(bytes.length) === keptBytes(each.length)) {
      packedStates.at(each.place, bytes.length).set(bytes);
    } else {
      drop(each);
      each.place = packedStates.keep(bytes);
      heldBytes += keptBytes(bytes.length);
    }
    each.length = bytes.length;
  }

  /** Gives up the packed state. */
  function drop(each: Held): void {
    if (each.place < 0) return;
    packedStates.free(each.place, each.length);
    heldBytes -= keptBytes(each.length);
    each.place = -1;
  }

  /** A place for the unpacked state, whose packed one is then given up; undefined where there is none to spare. */
  function warmed(each: Held): Uint8Array | undefined {
    if (heldBytes > heldBytesMax * warmUntilShare) return undefined;
    const place = warmStates.take();
    if (place === undefined) return undefined;
    drop(each);
    heldBytes += watchLength;
    warm.add(each);
    return place;
  }

  function packWarm(place: Uint8Array): Uint8Array {
    packing.bytes.set(place);
    return packed.subarray(0, packing.pack(packed));
  }

  function coolOne(each: Held): void {
    if (each.warm === undefined) return;
    keep(each, packWarm(each.warm));
    giveUpPlace(each);
  }

  function giveUpPlace(each: Held): void {
    if (each.warm === undefined) return;
    warmStates.giveBack(each.warm);
    each.warm = undefined;
    heldBytes -= watchLength;
    warm.delete(each);
  }

  function letGo(): void {
    epoch += 1;
    for (const [seriesId, each] of held) {
      if (each.dirty || heldBytes <= heldBytesMax * roomyShare) return;
      held.delete(seriesId);
      giveUpPlace(each);
      drop(each);
      heldBytes -= heldOverheadBytes;
    }
  }

  /** A seat of another threshold; there are as many as levels of sensitivity. */
  function seatOf(threshold: number): SeriesSeat {
    const known = seats.get(threshold) ?? createSeriesSeat({ ...settings, threshold });
    seats.set(threshold, known);
    return known;
  }

  async function write(tenantId: TenantId, changed: readonly Held[]): Promise<void> {
    for (let start = 0; start < changed.length; start += entriesPerWrite) {
      const part = changed.slice(start, start + entriesPerWrite);
      await states.put(
        tenantId,
        stateScope,
        part.map((each) => ({
          key: each.seriesId,
          bytes: each.warm === undefined ? packedStates.at(each.place, each.length) : packWarm(each.warm).slice(),
        })),
      );
      for (const each of part) each.dirty = false;
    }
  }

  function workOn<Result>(found: Held, threshold: number, work: (watch: SeriesWatch) => Result): Result {
    if (!found.dirty) {
      held.delete(found.seriesId);
      held.set(found.seriesId, found);
      found.dirty = true;
      found.usedAfterSave = saves;
    }
    const on = threshold === settings.threshold ? seat : seatOf(threshold);
    seatSeries(on, found);
    const result = work(on);
    keepSeat(on, found);
    return result;
  }

  function heldOf(tenantId: TenantId, seriesId: SeriesId): Held | undefined {
    const found = held.get(seriesId);
    return found?.tenantId === tenantId ? found : undefined;
  }

  return {
    size: () => held.size,
    isFull: () => heldBytes > heldBytesMax,
    cool() {
      for (const each of warm) coolOne(each);
    },
    forget() {
      for (const { warm: place } of warm) if (place !== undefined) warmStates.giveBack(place);
      warm.clear();
      held.clear();
      packedStates.clear();
      epoch += 1;
      heldBytes = 0;
    },
    async load(tenantId, seriesIds) {
      const missing = seriesIds.filter((seriesId) => heldOf(tenantId, seriesId) === undefined);
      for (let start = 0; start < missing.length; start += readsAtOnce * keysPerRead) {
        const reads = Array.from({ length: readsAtOnce }, (_, index) => start + index * keysPerRead)
          .map((from) => missing.slice(from, from + keysPerRead))
          .filter((keys) => keys.length > 0)
          .map(async (keys) => ({ keys, entries: await states.get(tenantId, stateScope, keys) }));
        for (const { keys, entries } of await Promise.all(reads)) {
          const stored = new Map(entries.map(({ key, bytes }) => [key, bytes]));
          for (const seriesId of keys) {
            // What was stored is kept as it is and looked at when it is needed: a restart reads very many at once.
            const each = { tenantId, seriesId, place: -1, length: 0, warm: undefined, usedAfterSave: 0, dirty: false };
            keep(each, stored.get(seriesId) ?? fresh);
            held.set(seriesId, each);
            heldBytes += heldOverheadBytes;
          }
        }
      }
    },
    epoch: () => epoch,
    heldOf,
    // The cast holds: whoever has one got it from `heldOf`.
    withHeld: (found, threshold, work) => workOn(found as Held, threshold, work),
    withWatch({ tenantId, seriesId }, threshold, work) {
      const found = heldOf(tenantId, seriesId);
      if (found === undefined) throw new HeliosError('internal', `the model of series ${seriesId} was not loaded`);
      return workOn(found, threshold, work);
    },
    async save() {
      const byTenant = Map.groupBy(
        [...held.values()].filter((each) => each.dirty),
        (each) => each.tenantId,
      );
      for (const [tenantId, changed] of byTenant) await write(tenantId, changed);
      saves += 1;
      const isFull = heldBytes > heldBytesMax;
      for (const each of warm) if (isFull || saves - each.usedAfterSave > idleSavesMax) coolOne(each);
      if (heldBytes > heldBytesMax) letGo();
    },
    makeRoom() {
      if (heldBytes > heldBytesMax) letGo();
      return heldBytes <= heldBytesMax;
    },
  };
}
