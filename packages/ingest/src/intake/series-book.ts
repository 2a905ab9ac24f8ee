import type { AssetId, SeriesRef, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { laneOfAsset } from '@heliosiq/model/signal-lane.ts';

/** The words that tell a series from all others of its tenant. */
export interface SeriesName {
  readonly asset: AssetId;
  readonly metric: string;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly unit?: string | undefined;
}

/** A series as a door holds on to it between requests. */
export interface SeriesEntry {
  /** The lane of its asset. */
  lane: number;
  /** Its number in the registry; 0 until its first samples are stored. */
  ref: number;
  /** What to register; gone once that is done. */
  series: SeriesRef | undefined;
  /** What the pipeline's rules make of its samples; absent when they stay as they are or nothing was decided yet. */
  shape: SeriesShape | undefined;
  /** True once the rules were asked. */
  isDecided: boolean;
  /** The limit of the tenant's series refused it until then: milliseconds since the epoch. */
  refusedUntil: number;
}

/** What becomes of the samples of a series: none, one or several series take them over. */
export interface SeriesShape {
  readonly outputs: readonly SeriesOutput[];
  /** The rule that drops the series, where one does. */
  readonly droppedBy?: string | undefined;
}

/** One series that takes samples over. */
export interface SeriesOutput {
  readonly entry: SeriesEntry;
  readonly value?: ((value: number) => number) | undefined;
  /** Keeps about one sample of so many, chosen by its time. */
  readonly oneOf?: number | undefined;
  /** Keeps one sample an interval of this length. */
  readonly everyMs?: number | undefined;
  /** The rule that thins. */
  readonly thinnedBy?: string | undefined;
  /** The latest sample that was kept and stored. */
  keptAt: number;
}

/** Finds the entry of a series by its name. */
export interface SeriesBook {
  entryOf(tenantId: TenantId, name: SeriesName): SeriesEntry;
}

/** A new entry, unknown to any book. */
export function newSeriesEntry(tenantId: TenantId, name: SeriesName): SeriesEntry {
  return {
    lane: laneOfAsset(name.asset),
    ref: 0,
    series: seriesRefOf(tenantId, name),
    shape: undefined,
    isDecided: false,
    refusedUntil: 0,
  };
}

/** The identity of a series by its name. */
export function seriesRefOf(tenantId: TenantId, { asset, metric, labels = {}, unit }: SeriesName): SeriesRef {
  const id = seriesIdOf(tenantId, { asset, metric, labels });
  return { id, asset, metric, labels, ...(unit === undefined ? {} : { unit }) };
}

/**
 * Remembers up to `seriesMax` series, because hashing a series' identity costs more than all else that is done for a
 * sample. Two generations stand in for an LRU list: what was used since the last turn survives the next one, and a
 * hit costs one look-up.
 */
export function createSeriesBook(seriesMax: number): SeriesBook {
  const generationMax = Math.max(1, Math.floor(seriesMax / 2));
  let young = new Map<string, SeriesEntry>();
  let old = new Map<string, SeriesEntry>();

  return {
    entryOf(tenantId, name) {
      const key = keyOf(tenantId, name);
      const hit = young.get(key);
      if (hit !== undefined) return hit;
      const entry = old.get(key) ?? newSeriesEntry(tenantId, name);
      if (young.size >= generationMax) {
        old = young;
        young = new Map();
      }
      young.set(key, entry);
      return entry;
    },
  };
}

/** Parts kept apart by their lengths. Labels in another order make another key, which leads to an equal series. */
function keyOf(tenantId: TenantId, { asset, metric, unit = '', labels }: SeriesName): string {
  let key = `${tenantId} ${asset.length} ${metric.length} ${unit.length} ${asset}${metric}${unit}`;
  for (const name in labels) {
    const value = labels[name] ?? '';
    key += ` ${name.length} ${value.length} ${name}${value}`;
  }
  return key;
}
