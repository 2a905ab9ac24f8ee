import type { AssetId, TenantId } from '@heliosiq/model';
import { laneOfAsset } from '@heliosiq/model/signal-lane.ts';
import { assetOfLabels } from '../intake/asset-of-labels.ts';
import { seriesRefOf } from '../intake/series-book.ts';
import type { SeriesEntry } from '../intake/series-book.ts';
import { addKey, createByteTable, findKey, hashOfBytes } from './byte-table.ts';
import type { ByteSource, ByteTable } from './byte-table.ts';
import type { ByteRange } from './label-bytes.ts';
import { createLabelPool } from './label-pool.ts';
import { readLabelSet } from './label-set.ts';
import { familyOf, unitOfMetric } from './metric-unit.ts';
import type { RemoteWriteSettings } from './remote-write-settings.ts';
import type { Replica } from './replica-election.ts';
import { createTextPool } from './text-pool.ts';
import { cursorOf } from './wire-cursor.ts';
import type { RejectionReason } from './write-tally.ts';

/** A series as the door remembers it: one object for both, because there are very many. */
export interface KnownSeries extends SeriesEntry {
  /** Why nothing of it is taken; the other fields are then those of no series. */
  readonly fault: RejectionReason | undefined;
  /** Which of several equal senders it comes from; one object for each. */
  readonly replica: Replica | undefined;
  /** Series that a native histogram becomes, by suffix and bound; absent until one is seen. */
  parts: Map<string, SeriesEntry> | undefined;
}

/** The series of one tenant, by the bytes of their labels (fields 1 of a `prometheus.TimeSeries`, one after the other). */
export interface TenantSeries {
  readonly tenantId: TenantId;
  readonly keys: ByteTable;
  /** By the number of the key. */
  readonly series: KnownSeries[];
  /** Entries that native histograms have added. */
  parts: number;
  readonly replicas: Map<string, Replica>;
  /** Units that metadata told, by metric family. */
  readonly units: Map<string, string>;
  /** For remote write 2.0: texts, and series by the numbers of their labels' texts. */
  readonly symbols: ByteTable;
  readonly symbolKeys: ByteTable;
  readonly seriesOfSymbolKey: KnownSeries[];
}

/** A series in words. */
export interface SeriesWords {
  readonly asset: AssetId;
  readonly metric: string;
  /** All but the name and the replica. */
  readonly labels: Readonly<Record<string, string>>;
}

/** What the door remembers of all tenants. */
export interface SeriesMemory {
  /** What is known of a tenant now; ask again after every pause. */
  of(tenantId: TenantId): TenantSeries;
  /** The number of a series by its label bytes, which become known; `unit` is what metadata says of a new one. */
  identify(tenant: TenantSeries, labels: ByteSource & ByteRange, unit?: string): number;
  /** What the labels of a series that is taken say, read again. */
  describe(labels: ByteSource & ByteRange): SeriesWords | undefined;
  /** Takes over the unit of a metric family, for series too that are known already; the first one told holds. */
  learnUnit(tenantId: TenantId, family: string, unit: string): void;
}

/** Metric families of a tenant whose units are remembered. */
const familiesMax = 10_000;

/** Labels, and names of assets, that are given out as one. */
const pooledMax = 20_000;

/** A series of which nothing is taken. */
export function faultySeries(fault: RejectionReason): KnownSeries {
  return seriesWith({ lane: 0, series: undefined, fault, replica: undefined });
}

/** All that a series begins with, in one literal: an object that is spread into another takes half as much again. */
function seriesWith(own: Pick<KnownSeries, 'lane' | 'series' | 'fault' | 'replica'>): KnownSeries {
  return {
    lane: own.lane,
    ref: 0,
    series: own.series,
    shape: undefined,
    isDecided: false,
    refusedUntil: 0,
    fault: own.fault,
    replica: own.replica,
    parts: undefined,
  };
}

/** Bytes that a series may take on average, for the bound on all of them. */
const bytesPerSeries = 600;

/**
 * Two generations stand in for an LRU list: when the young one is full it becomes the old one, which hands on what is
 * used again. Tenants never share an entry, and all of them together stay within the bounds.
 */
export function createSeriesMemory(
  settings: Pick<RemoteWriteSettings, 'seriesCachedMax' | 'assetLabels' | 'haClusterLabel' | 'haReplicaLabel'>,
): SeriesMemory {
  const { assetLabels, haClusterLabel, haReplicaLabel } = settings;
  const seriesMax = Math.max(1, Math.floor(settings.seriesCachedMax / 2));
  const pool = createLabelPool(pooledMax);
  const assets = createTextPool(pooledMax);
  let young = new Map<TenantId, TenantSeries>();
  let old = new Map<TenantId, TenantSeries>();

  function isFull(): boolean {
    let series = 0;
    let bytes = 0;
    for (const { keys, parts, symbols, symbolKeys } of young.values()) {
      series += keys.size + parts;
      bytes += keys.bytesHeld + symbols.bytesHeld + symbolKeys.bytesHeld;
    }
    return series >= seriesMax || bytes >= seriesMax * bytesPerSeries;
  }

  function newSeries(tenant: TenantSeries, bytes: Buffer, metadataUnit: string | undefined): KnownSeries {
    const read = readLabelSet(cursorOf(bytes), bytes.length, pool);
    if (!read.ok) return faultySeries(read.reason);
    const { metric, labels } = read.value;
    const replica = takeReplica(tenant, labels);
    const unit = unitOfMetric(metric, metadataUnit ?? tenant.units.get(metric) ?? tenant.units.get(familyOf(metric)));
    const asset = assetOf(labels);
    const series = seriesRefOf(tenant.tenantId, { asset, metric, labels, unit });
    return seriesWith({ lane: laneOfAsset(asset), series, fault: undefined, replica });
  }

  function assetOf(labels: Readonly<Record<string, string>>): AssetId {
    // The pool gives back an equal text.
    return assets(assetOfLabels(labels, assetLabels)) as AssetId;
  }

  /** Takes the replica's label out, so that replicas are one series; without a cluster nobody says which belong together. */
  function takeReplica({ replicas }: TenantSeries, labels: Record<string, string>): Replica | undefined {
    const cluster = labels[haClusterLabel];
    const name = labels[haReplicaLabel];
    if (cluster === undefined || name === undefined) return undefined;
    delete labels[haReplicaLabel];
    const key = JSON.stringify([cluster, name]);
    const known = replicas.get(key) ?? { cluster, name };
    replicas.set(key, known);
    return known;
  }

  return {
    of(tenantId) {
      if (isFull()) {
        old = young;
        young = new Map();
      }
      let tenant = young.get(tenantId);
      if (tenant === undefined) {
        tenant = emptyTenant(tenantId, old.get(tenantId)?.units);
        young.set(tenantId, tenant);
      }
      return tenant;
    },

    identify(tenant, labels, unit) {
      const { from, to } = labels;
      const hash = hashOfBytes(labels, from, to);
      const found = findKey(tenant.keys, labels, { from, to, hash });
      if (found >= 0) return found;
      const before = old.get(tenant.tenantId);
      const place = before === undefined ? -1 : findKey(before.keys, labels, { from, to, hash });
      const known = before?.series[place] ?? newSeries(tenant, labels.bytes.subarray(from, to), unit);
      // Its parts counted in the generation that goes; those still in use come anew.
      known.parts = undefined;
      tenant.series.push(known);
      return addKey(tenant.keys, labels, { from, to, hash });
    },

    describe({ bytes, from, to }) {
      const read = readLabelSet(cursorOf(bytes.subarray(from, to)), to - from, pool);
      if (!read.ok) return undefined;
      const { metric, labels } = read.value;
      if (labels[haClusterLabel] !== undefined) delete labels[haReplicaLabel];
      return { asset: assetOf(labels), metric, labels };
    },

    learnUnit(tenantId, family, unit) {
      const units = young.get(tenantId)?.units;
      if (units === undefined || units.has(family) || units.size >= familiesMax) return;
      units.set(family, unit);
      if (unitOfMetric(family, unit) === unitOfMetric(family)) return;
      // Its series are known without the unit; all are found anew, which costs a moment once.
      old.delete(tenantId);
      young.set(tenantId, emptyTenant(tenantId, units));
    },
  };
}

function emptyTenant(tenantId: TenantId, units: Map<string, string> = new Map()): TenantSeries {
  return {
    tenantId,
    keys: createByteTable(),
    series: [],
    parts: 0,
    replicas: new Map(),
    units,
    symbols: createByteTable(),
    symbolKeys: createByteTable(),
    seriesOfSymbolKey: [],
  };
}
