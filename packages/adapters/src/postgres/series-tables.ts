/** The tables of telemetry samples. Times are milliseconds since the epoch. */
export interface SeriesTables {
  series: SeriesTable;
  series_head: SeriesHeadTable;
  series_chunk: SeriesChunkTable;
}

/** Who a series is; written once, only its unit may change. */
export interface SeriesTable {
  tenant_id: string;
  id: string;
  /** A number of its own, given by the database. */
  ref: number;
  asset: string;
  metric: string;
  labels: Readonly<Record<string, string>>;
  /** The labels as one text in a fixed order, to sort by. */
  labels_key: string;
  unit: string | null;
}

/**
 * What a series holds and the samples that are not sealed yet. Its row lock orders appends to the series.
 * Every sample of the head is later than `sealed_until`; every sealed sample is not.
 */
export interface SeriesHeadTable {
  tenant_id: string;
  series_id: string;
  first_at: number | null;
  last_at: number | null;
  samples: number;
  sealed_until: number | null;
  head_from: number | null;
  head_samples: number;
  head_frames: number;
  /** Frames of `sample-chunk.ts`. */
  bytes: Buffer;
}

/** Sealed samples; the chunks of a series do not overlap. */
export interface SeriesChunkTable {
  tenant_id: string;
  series_id: string;
  start_at: number;
  end_at: number;
  samples: number;
  bytes: Buffer;
}
