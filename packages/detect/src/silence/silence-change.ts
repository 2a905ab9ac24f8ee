/** Something to be told about silence. Times in milliseconds since the epoch. */
export interface SilenceChange {
  readonly kind: 'opened' | 'updated' | 'closed';
  /** Some series of an asset that sends, a whole asset, many assets at once, or all that a tenant has. */
  readonly scope: 'series' | 'asset' | 'group' | 'tenant';
  /** Numbers of the series that are silent; the one that usually sends most often first. */
  readonly refs: readonly number[];
  /** The last sample before the silence; of a whole tenant, when the log took the last record of anyone. */
  readonly startedAt: number;
  /** Event time at which this is told, or the wall clock where event time has stopped. */
  readonly toldAt: number;
  readonly endedAt?: number;
  readonly usualMs: number;
  /** From this length on it counts as silence. */
  readonly limitMs: number;
  readonly arrivals: number;
  readonly firstAt: number;
  /** Assets that are silent; 1 but for a group. */
  readonly assets: number;
  readonly revision: number;
}

/** A silence of a whole tenant, shared by its partitions. */
export interface TenantSilence {
  readonly startedAt: number;
  readonly toldAt: number;
  readonly revision: number;
  readonly assets: number;
}
