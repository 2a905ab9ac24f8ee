import type { SeriesId, TenantId } from '@heliosiq/model';
import { HeliosError } from '@heliosiq/model';
import type { Logger, StateStore } from '@heliosiq/ports';
import type { SeriesSettings } from './series-settings.ts';
import { createSeriesSeat } from './series-watch.ts';
import type { SeriesWatch } from './series-watch.ts';

/** Scope of the states in the store; a new layout of the state takes a new scope and learns anew. */
export const stateScope = 'detect-series-2';
const keysPerRead = 1000;
const entriesPerWrite = 1000;

interface Held {
  readonly tenantId: TenantId;
  readonly seriesId: SeriesId;
  /** State of the series' watch. */
  readonly bytes: Uint8Array;
  dirty: boolean;
}

/** The watches in memory: the most recently used ones, the rest waits in the state store. */
export interface WatchedSeries {
  /** Brings the watches of these series into memory, restored or new. */
  load(tenantId: TenantId, seriesIds: readonly SeriesId[]): Promise<void>;
  /** Works with a loaded watch, which is then marked as changed; with one at a time. */
  withWatch(tenantId: TenantId, seriesId: SeriesId, work: (watch: SeriesWatch) => Promise<void>): Promise<void>;
  /** Writes what changed, then lets the least recently used go down to the limit. */
  save(): Promise<void>;
  /** Drops everything, saved or not: another process may have gone on meanwhile. */
  forget(): void;
  readonly size: () => number;
}

export interface WatchedSeriesOptions {
  readonly states: StateStore;
  readonly logger: Logger;
  readonly settings: SeriesSettings;
  /** Watches held between saves at most. */
  readonly seriesMax: number;
}

/** Watches over a state store. */
export function createWatchedSeries({ states, logger, settings, seriesMax }: WatchedSeriesOptions): WatchedSeries {
  // A Map keeps insertion order; a watch that is used again is put at its end.
  const held = new Map<string, Held>();
  const keyOf = (tenantId: TenantId, seriesId: SeriesId): string => `${tenantId} ${seriesId}`;

  const seat = createSeriesSeat(settings);
  const fresh = seat.snapshot();

  const checked = (bytes: Uint8Array, seriesId: SeriesId): Uint8Array => {
    try {
      seat.load(bytes);
      // A copy: what is held is changed in place, and the store's answer may be the store's own.
      return new Uint8Array(bytes);
    } catch (error) {
      if (!(error instanceof HeliosError)) throw error;
      logger.warn({ seriesId, reason: error.message }, 'a stored model cannot be read and is learnt anew');
      return fresh.slice();
    }
  };

  return {
    size: () => held.size,
    forget: () => held.clear(),
    async load(tenantId, seriesIds) {
      const missing = seriesIds.filter((seriesId) => !held.has(keyOf(tenantId, seriesId)));
      for (let start = 0; start < missing.length; start += keysPerRead) {
        const keys = missing.slice(start, start + keysPerRead);
        const stored = new Map((await states.get(tenantId, stateScope, keys)).map(({ key, bytes }) => [key, bytes]));
        for (const seriesId of keys) {
          const found = stored.get(seriesId);
          const bytes = found === undefined ? fresh.slice() : checked(found, seriesId);
          held.set(keyOf(tenantId, seriesId), { tenantId, seriesId, bytes, dirty: false });
        }
      }
    },
    async withWatch(tenantId, seriesId, work) {
      const key = keyOf(tenantId, seriesId);
      const found = held.get(key);
      if (found === undefined) throw new HeliosError('internal', `the model of series ${seriesId} was not loaded`);
      if (!found.dirty) {
        held.delete(key);
        held.set(key, found);
        found.dirty = true;
      }
      seat.load(found.bytes);
      await work(seat);
      seat.saveTo(found.bytes);
    },
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
            part.map(({ seriesId, bytes }) => ({ key: seriesId, bytes })),
          );
          for (const each of part) each.dirty = false;
        }
      }
      for (const key of held.keys()) {
        if (held.size <= seriesMax) break;
        held.delete(key);
      }
    },
  };
}
