/** Samples of one series in one phase; the two arrays have equal length, a missing sample is `NaN` or simply absent. */
export interface Points {
  /** Milliseconds since 1970, in any order. */
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
}

/** One series of one asset, cut into its normal past and the time of the trouble. */
export interface SeriesWindow {
  readonly asset: string;
  readonly metric: string;
  /** What each value is of its interval: `Average`, `Sum`, `p99` ...; read from the metric's name when absent. */
  readonly statistic?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly unit?: string;
  /** Samples thought normal. May come from another season; those just before the fault tell the present level. */
  readonly baseline: Points;
  readonly fault: Points;
}

/**
 * `calls`: `from` calls `to`. `runs-on`: service `from` runs on host `to`. `part-of`: component `from` belongs to whole `to`.
 */
export interface TopologyEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: 'calls' | 'runs-on' | 'part-of';
}

/** Something that people or machines changed: a deploy, a configuration, a flag, a scaling. */
export interface RecordedChange {
  readonly id: string;
  readonly asset: string;
  readonly atMs: number;
  readonly kind: string;
  readonly title: string;
}

/** One series of the fault window that a detector, which knows its trend and season, called unusual. */
export interface Detection {
  readonly asset: string;
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly startedMs: number;
  /** Seen and expected at the peak, in the series' unit. */
  readonly value: number;
  readonly expected: number;
  /** Signed robust standard deviations from the expected value; near 0 when something else than the level is unusual. */
  readonly deviation: number;
  /** -log10 of the chance that a normal sample looks like this, and how much of that lies above the detector's bar. */
  readonly surpriseDecades: number;
  readonly excessDecades: number;
}

/** When the trouble is thought to have begun and ended, and from where on the past counts as normal. Milliseconds. */
export interface CaseWindow {
  readonly baselineFromMs: number;
  readonly faultFromMs: number;
  readonly faultToMs: number;
}

/** All that is known of one incident when its cause is sought. Order of lists carries no meaning. */
export interface Casefile {
  /** The symptom: the asset (and metric) that people complained of. */
  readonly target?: { readonly asset: string; readonly metric?: string };
  readonly window: CaseWindow;
  readonly series: readonly SeriesWindow[];
  readonly edges: readonly TopologyEdge[];
  readonly changes: readonly RecordedChange[];
  /** What a detector says of the fault window; absent when none was asked. */
  readonly detections?: readonly Detection[];
}
