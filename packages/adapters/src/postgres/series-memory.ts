import type { SeriesId, SeriesRef, TenantId } from '@heliosiq/model';
import { createBoundedMap } from '../bounded-map.ts';

/** A series with its number; the words are those of the database. */
export interface KnownSeries {
  readonly tenantId: TenantId;
  readonly ref: number;
  readonly series: SeriesRef;
}

/** The series of one database that were asked for lately. Who shares it finds what another one has learnt. */
export interface SeriesMemory {
  /** The series, unless it is not known here or was given another unit meanwhile. */
  find(tenantId: TenantId, series: SeriesRef): KnownSeries | undefined;
  /** The number of a series, whatever its unit. */
  refOf(tenantId: TenantId, id: SeriesId): number | undefined;
  /** The series of a number, of whichever tenant: numbers are given once in a database. */
  ofRef(ref: number): KnownSeries | undefined;
  remember(known: KnownSeries): void;
}

/** Series remembered in all. */
const knownMax = 300_000;

/** An empty memory, for one database. */
export function createSeriesMemory(): SeriesMemory {
  const byId = createBoundedMap<string, KnownSeries>(knownMax);
  const byRef = createBoundedMap<number, KnownSeries>(knownMax);

  return {
    find(tenantId, { id, unit }) {
      const known = byId.get(id);
      if (known === undefined || known.tenantId !== tenantId) return undefined;
      return unit === undefined || known.series.unit === unit ? known : undefined;
    },
    refOf(tenantId, id) {
      const known = byId.get(id);
      return known?.tenantId === tenantId ? known.ref : undefined;
    },
    ofRef: (ref) => byRef.get(ref),
    remember(known) {
      byId.set(known.series.id, known);
      byRef.set(known.ref, known);
    },
  };
}
