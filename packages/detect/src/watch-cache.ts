import type { TenantId } from '@heliosiq/model';
import type { StateStore } from '@heliosiq/ports';
import type { SeriesSettings } from './series-settings.ts';
import { type SeriesWatch, createSeriesWatch, restoreSeriesWatch } from './series-watch.ts';

/** Scope of the watches in the state store. */
export const WATCH_SCOPE = 'detect-series';

/** Keys asked for in one call of the state store. */
const KEYS_MAX = 5000;

interface Entry {
  readonly tenantId: TenantId;
  readonly seriesId: string;
  readonly watch: SeriesWatch;
  dirty: boolean;
}

/** The watches of the series in use: at most so many in memory, the others in the state store. */
export interface WatchCache {
  /** Brings the watches of these series into memory, new ones where the store has none. */
  load(tenantId: TenantId, seriesIds: ReadonlySet<string>): Promise<void>;
  /** A loaded watch, marked as changed. */
  use(tenantId: TenantId, seriesId: string): SeriesWatch;
  /** Writes all changed watches to the store, then forgets the least recently used beyond the limit. */
  save(): Promise<void>;
  /** Forgets everything, saved or not: the log will deliver what was not committed again. */
  clear(): void;
  readonly size: number;
  readonly dirty: number;
}

/** A cache over a state store. `onUnreadable` is told of a stored state that could not be read; it is learnt anew. */
export function createWatchCache(options: {
  readonly states: StateStore;
  readonly settings: SeriesSettings;
  readonly seriesMax: number;
  readonly onUnreadable: (seriesId: string, error: unknown) => void;
}): WatchCache {
  // A Map keeps the order of insertion: the first entry is the least recently used.
  const entries = new Map<string, Entry>();
  let dirty = 0;
  const keyOf = (tenantId: TenantId, seriesId: string): string => `${tenantId}/${seriesId}`;

  const restored = (seriesId: string, bytes: Uint8Array | undefined): SeriesWatch => {
    if (bytes === undefined) return createSeriesWatch(options.settings);
    try {
      return restoreSeriesWatch(bytes, options.settings);
    } catch (error) {
      options.onUnreadable(seriesId, error);
      return createSeriesWatch(options.settings);
    }
  };

  return {
    load: async (tenantId, seriesIds) => {
      const missing = [...seriesIds].filter((seriesId) => !entries.has(keyOf(tenantId, seriesId)));
      for (let from = 0; from < missing.length; from += KEYS_MAX) {
        const keys = missing.slice(from, from + KEYS_MAX);
        const found = await options.states.get(tenantId, WATCH_SCOPE, keys);
        const bytesOf = new Map(found.map(({ key, bytes }) => [key, bytes]));
        for (const seriesId of keys) {
          const watch = restored(seriesId, bytesOf.get(seriesId));
          entries.set(keyOf(tenantId, seriesId), { tenantId, seriesId, watch, dirty: false });
        }
      }
    },
    use: (tenantId, seriesId) => {
      const key = keyOf(tenantId, seriesId);
      const entry = entries.get(key) ?? {
        tenantId,
        seriesId,
        watch: createSeriesWatch(options.settings),
        dirty: false,
      };
      entries.delete(key);
      entries.set(key, entry);
      if (!entry.dirty) dirty++;
      entry.dirty = true;
      return entry.watch;
    },
    save: async () => {
      const byTenant = new Map<TenantId, Entry[]>();
      for (const entry of entries.values()) {
        if (!entry.dirty) continue;
        const changed = byTenant.get(entry.tenantId);
        if (changed === undefined) byTenant.set(entry.tenantId, [entry]);
        else changed.push(entry);
      }
      for (const [tenantId, changed] of byTenant) {
        await options.states.put(
          tenantId,
          WATCH_SCOPE,
          changed.map(({ seriesId, watch }) => ({ key: seriesId, bytes: watch.snapshot() })),
        );
        for (const entry of changed) entry.dirty = false;
        dirty -= changed.length;
      }
      for (const key of entries.keys()) {
        if (entries.size <= options.seriesMax) break;
        entries.delete(key);
      }
    },
    clear: () => {
      entries.clear();
      dirty = 0;
    },
    get size() {
      return entries.size;
    },
    get dirty() {
      return dirty;
    },
  };
}
