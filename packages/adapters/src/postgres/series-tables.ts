/** The tables of telemetry samples. Times are milliseconds since the epoch. */
export interface SeriesTables {
  series: SeriesTable;
  sample_page: SamplePageTable;
  sample_block: SampleBlockTable;
  series_extent: SeriesExtentTable;
  sample_change: SampleChangeTable;
}

/** Who a series is; written once, only its unit may change. */
export interface SeriesTable {
  tenant_id: string;
  /** The 32 hexadecimal digits as 16 bytes. */
  id: string;
  /** A number of its own, given by the database. */
  ref: number;
  asset: string;
  metric: string;
  /** The labels as one text in a fixed order: a JSON array of pairs, see `canonicalLabels`. */
  labels_key: string;
  unit: string | null;
}

/**
 * Samples as they came: a page of `sample-page.ts` of neighbouring series. Pages are only inserted; the merger puts several in the
 * place of one, or moves them to blocks. Where several hold a sample, the page of the largest id is right, and any page is more
 * right than a block, unless it is damaged.
 */
export interface SamplePageTable {
  tenant_id: string;
  page_group: number;
  id: number;
  from_at: number;
  /** The last sample. */
  until_at: number;
  samples: number;
  series: number;
  /** When it was written, or the oldest page that was merged into it. */
  written_at: number;
  /** Part of it could not be read; the rest has moved on, and this is kept for whoever looks into it. */
  is_damaged: boolean;
  directory: Buffer;
  bytes: Buffer;
}

/** Samples for good: the blocks of a group do not overlap in time, damaged ones left aside. */
export interface SampleBlockTable {
  tenant_id: string;
  block_group: number;
  /** Weeks since the epoch, the first of a fortnight (older blocks: any); the table is partitioned by it. */
  week: number;
  id: number;
  from_at: number;
  /** The last sample. */
  until_at: number;
  samples: number;
  series: number;
  is_damaged: boolean;
  directory: Buffer;
  bytes: Buffer;
}

/** What the blocks hold of each series of a group, packed by `series-extents.ts`. */
export interface SeriesExtentTable {
  tenant_id: string;
  block_group: number;
  extents: Buffer;
}

/** Days in which samples of a group of pages were written, until somebody has dealt with them. */
export interface SampleChangeTable {
  tenant_id: string;
  page_group: number;
  /** Days since the epoch. */
  day: number;
  /** The hours of the day, a bit each, midnight's the lowest. */
  hours: number;
  /** Another one with each write. */
  mark: number;
  written_at: number;
}
