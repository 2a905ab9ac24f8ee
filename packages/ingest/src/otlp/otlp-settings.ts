import { otlpAssetRules, otlpResourceLabels } from './resource-identity.ts';

const dayMs = 86_400_000;

/** What the OTLP doors take, and what they make of it. */
export interface OtlpSettings {
  /** A point, record or span may be this much older than now. */
  readonly ageMaxMs: number;
  /** It may be this much ahead of now: clocks differ. */
  readonly futureMaxMs: number;
  /** Attribute sets of metric points that are remembered. */
  readonly seriesCachedMax: number;
  /** Spans that wait for the other side of a call. */
  readonly spansRememberedMax: number;
  /** Spans and their log lines kept as whole traces, per second and tenant; 0 keeps none. */
  readonly traceItemsPerSecond: number;
  /** Attributes that name an asset, the best first; `a/b` = both, joined by a slash. */
  readonly assetRules: readonly string[];
  /** Resource attributes that become labels. */
  readonly resourceLabels: readonly string[];
}

export const otlpDefaults: OtlpSettings = {
  ageMaxMs: 400 * dayMs,
  futureMaxMs: 10 * 60_000,
  seriesCachedMax: 250_000,
  spansRememberedMax: 100_000,
  traceItemsPerSecond: 200,
  assetRules: otlpAssetRules,
  resourceLabels: otlpResourceLabels,
};
