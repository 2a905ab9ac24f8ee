import type { ExponentialHistogram } from '../intake/exponential-histogram.ts';
import type { AttributeSet } from './attribute-set.ts';

/** Whose telemetry: what both encodings give for a resource and a scope within it. */
export interface Origin {
  readonly resource: AttributeSet;
  readonly scopeName: string;
}

/** The metrics of one scope. */
export interface MetricGroup extends Origin {
  readonly metrics: readonly Metric[];
}

/** A metric of OTLP (opentelemetry/proto/metrics/v1/metrics.proto) with its points. */
export type Metric =
  | (MetricHead & { readonly kind: 'gauge'; readonly points: readonly NumberPoint[] })
  | (MetricHead & SumHead & { readonly kind: 'sum'; readonly points: readonly NumberPoint[] })
  | (MetricHead & AggregateHead & { readonly kind: 'histogram'; readonly points: readonly HistogramPoint[] })
  | (MetricHead & AggregateHead & { readonly kind: 'exponential'; readonly points: readonly ExponentialPoint[] })
  | (MetricHead & { readonly kind: 'summary'; readonly points: readonly SummaryPoint[] });

export interface MetricHead {
  readonly name: string;
  readonly unit: string;
}

export interface AggregateHead {
  readonly temporality: Temporality;
}

export interface SumHead extends AggregateHead {
  readonly isMonotonic: boolean;
}

/** Whether points count since the start or since the point before. */
export type Temporality = 'unspecified' | 'delta' | 'cumulative';

export const temporalities: readonly Temporality[] = ['unspecified', 'delta', 'cumulative'];

/** What all points have. */
export interface PointHead {
  readonly attributes: AttributeSet;
  /** Milliseconds since the epoch; 0 when the sender gave none, `NaN` when it cannot be read. */
  readonly startMs: number;
  readonly timeMs: number;
  /** The flag NO_RECORDED_VALUE: the series is there and has nothing to say. */
  readonly isWithoutValue: boolean;
}

export interface NumberPoint extends PointHead {
  /** `undefined` when the sender gave none that can be read. */
  readonly value: number | undefined;
}

export interface HistogramPoint extends PointHead {
  readonly count: number;
  readonly sum: number | undefined;
  /** Per bucket, not cumulative; one more than the bounds, or none at all. */
  readonly counts: readonly number[];
  /** Upper bounds, inclusive, ascending. */
  readonly bounds: readonly number[];
}

export interface ExponentialPoint extends PointHead {
  readonly histogram: ExponentialHistogram;
}

export interface SummaryPoint extends PointHead {
  readonly count: number;
  readonly sum: number;
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
}

/** The flag of a point that has no value. */
export const noRecordedValueFlag = 1;
