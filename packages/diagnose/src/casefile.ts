import type { Reliability } from '@heliosiq/model';
import type { FaultKind } from './diagnosis.ts';

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
  /** Nobody declared it: it was seen in traces. */
  readonly inferredFrom?: 'traces';
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

/** What a detector says of all series of one asset together: they left their normal state, or nothing comes any more. */
export interface AssetAnomaly {
  readonly kind: 'shift' | 'silence';
  /** Identity of the anomaly. */
  readonly id: string;
  readonly asset: string;
  readonly startedMs: number;
  /** -log10 of the chance that a normal asset looks like this. */
  readonly decades: number;
  /** How many times as far from normal, or as long silent, as is still usual. */
  readonly times: number;
  /** Seconds of silence, for kind `silence`. */
  readonly silentS?: number;
  /** The series that make it, the largest share (0..1) first. */
  readonly contributors: readonly {
    readonly metric: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly share: number;
  }[];
}

/** Alerts of one name that fired at one asset in the fault window. */
export interface AlertFiring {
  readonly asset: string;
  /** What alerts of one kind share, wherever they fire: rule and direction, or the pattern of a log line. */
  readonly name: string;
  /** First firing in the window, milliseconds. */
  readonly firstMs: number;
  readonly count: number;
  /** Other assets that its text names, such as the upstream that could not be reached. */
  readonly mentions: readonly string[];
}

/** An earlier (or other) stretch of time about as long as the fault window, with what fired in it. */
export interface AlertStretch {
  readonly fromMs: number;
  readonly firings: readonly { readonly asset: string; readonly name: string }[];
}

/** What alarms say: firings of the fault window, and those of other times, which tell how rare each is. */
export interface AlertRecord {
  readonly firings: readonly AlertFiring[];
  readonly past: readonly AlertStretch[];
}

/**
 * How often one step followed in the requests of one operation of an asset: a log line of some pattern, or a call. Where
 * operations are not known, an asset's requests in general.
 */
export interface StepCount {
  readonly asset: string;
  readonly operation: string;
  readonly step: string;
  /** The step is itself a sign of trouble: a line at the level of errors, a call of an error handler. */
  readonly isTrouble: boolean;
  /** Assets that its text names. */
  readonly mentions: readonly string[];
  /** What is known of the past, stretch by stretch, for some of these may have been troubled themselves. */
  readonly before: readonly StepShare[];
  readonly during: StepShare;
  /**
   * 0..1: of the requests of the fault window that are told by this step (it occurred, if it is trouble; else it is missing),
   * the share in which something that they called went wrong too.
   */
  readonly sharedBelow: number;
}

/** Requests of an operation in one stretch of time, and those in which a step occurred. */
export interface StepShare {
  readonly requests: number;
  readonly seen: number;
}

/**
 * Time that requests spent in one place and nowhere below it: in an operation of the asset itself, or on the way between a
 * caller and the asset. One value a request, in seconds; the past stretch by stretch.
 */
export interface OwnTime {
  readonly asset: string;
  readonly operation: string;
  /** The caller, when the time was spent on the way from it. */
  readonly peer?: string;
  readonly before: readonly Float64Array[];
  readonly during: Float64Array;
}

/** What a person said the cause of an earlier incident was, as far as that incident was like this one. */
export interface PastCause {
  readonly incidentId: string;
  readonly title: string;
  readonly asset: string;
  readonly fault: FaultKind;
  readonly markedAtMs: number;
  /** 0..1: how alike the two incidents are. */
  readonly likeness: number;
  /** 0..1: what is left of its weight by age. */
  readonly freshness: number;
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
  /** What kind of thing an asset is (`host`, `service` ...), where that is known. */
  readonly classes?: ReadonlyMap<string, string>;
  /** Absent when no alarms were asked. */
  readonly alerts?: AlertRecord;
  /** Absent when neither logs nor traces were asked. */
  readonly steps?: readonly StepCount[];
  /** Absent when no traces were asked. */
  readonly ownTimes?: readonly OwnTime[];
  /** Requests of the trouble are known, and none of the time before to compare them with. */
  readonly isRequestPastUnknown?: boolean;
  /** What people said of similar incidents; absent when there are none. */
  readonly pastCauses?: readonly PastCause[];
  /** What detectors say of whole assets; absent when there is nothing. */
  readonly assetAnomalies?: readonly AssetAnomaly[];
  /** How often answers were right as far as people told, which may lower a confidence; absent where nobody told. */
  readonly reliability?: Reliability;
}
