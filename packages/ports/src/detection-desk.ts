import type { Anomaly, AnomalyId, Incident, Principal, SeriesRef, TenantId, Tuning } from '@heliosiq/model';
import type { TimeRange } from './series-store.ts';

/** A tuning as people give it: without what the desk adds. */
export type NewTuning =
  | {
      readonly kind: 'sensitivity';
      readonly level: Extract<Tuning, { readonly kind: 'sensitivity' }>['level'];
      readonly seriesId?: SeriesRef['id'] | undefined;
      readonly asset?: string | undefined;
      readonly metric?: string | undefined;
    }
  | {
      readonly kind: 'holiday';
      readonly title: string;
      /** `YYYY-MM-DD`. */
      readonly date: string;
      /** IANA name of the time zone in which the day is one. Default UTC. */
      readonly timeZone?: string | undefined;
    };

/** An earlier anomaly that looks like another one, and what came of it. */
export interface SimilarAnomaly {
  readonly anomaly: Anomaly;
  /** The incident that it was a part of. */
  readonly incident?: Pick<Incident, 'id' | 'title' | 'status' | 'openedAt'>;
  readonly isDismissed: boolean;
}

/** The same time of earlier weeks, or days, as a sample to compare with. */
export interface SeasonalComparison {
  /** In words, e.g. `the last 4 Mondays, 09:00-09:10 UTC`. */
  readonly words: string;
  readonly mean: number;
  readonly lowest: number;
  readonly highest: number;
  readonly samples: number;
}

/** What belongs to an anomaly beside its own fields. */
export interface AnomalyContext {
  /** Absent when the store has too little of the series. */
  readonly season?: SeasonalComparison;
  /** Slope over the hours before it began, in the series' unit an hour. */
  readonly trendPerHour?: number;
  /** Earlier ones of the same series and detector, the newest first. */
  readonly similar: readonly SimilarAnomaly[];
  /** Where a person sees the chart, a path of the page. */
  readonly chartPath: string;
  /** The tuning that keeps it from being told. */
  readonly mutedBy?: Tuning;
}

/** A series that speaks up often, with what would help. */
export interface NoisySeries {
  readonly series: SeriesRef;
  readonly detector: string;
  readonly anomalies: number;
  readonly dismissed: number;
  /** Share of all anomalies of the range, in [0, 1]. */
  readonly share: number;
  readonly medianMs: number;
  /** Of it one sentence. */
  readonly cure: string;
}

/** Which series make the noise. */
export interface NoiseReport {
  readonly anomalies: number;
  /** True when the range has more anomalies than were looked at. */
  readonly isCut: boolean;
  readonly series: readonly NoisySeries[];
}

/** What people do with detection. */
export interface DetectionDesk {
  tunings(tenantId: TenantId): Promise<readonly Tuning[]>;
  /** Rejects with `invalid-request` for a date or time zone that there is not. */
  tune(principal: Principal, tuning: NewTuning): Promise<Tuning>;
  /** Takes a tuning back. Rejects with `not-found`. */
  untune(principal: Principal, id: string): Promise<void>;
  /** Says that an anomaly is none. Rejects with `not-found`. */
  dismiss(principal: Principal, id: AnomalyId, reason?: string): Promise<Tuning>;
  /** Undefined when there is no such anomaly. */
  context(tenantId: TenantId, id: AnomalyId): Promise<AnomalyContext | undefined>;
  noise(tenantId: TenantId, range: TimeRange, options: { readonly limit: number }): Promise<NoiseReport>;
}
