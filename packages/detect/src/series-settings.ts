/** What can be set about a series model. One setting suits all series; the defaults are what ships and what the boards measure. */
export interface SeriesSettings {
  /** Samples before the first anomaly may be raised. */
  readonly learningSamples: number;
  /** Samples that the memory of usual sizes spans; older ones fade. At most 60,000. */
  readonly memorySamples: number;
  /** Share of the way that the long-term level moves towards a sample. */
  readonly levelRate: number;
  /** Share of normal samples that the expected band leaves out on each side. */
  readonly bandTail: number;
  /** An anomaly opens at this likelihood. */
  readonly threshold: number;
  /** Calm samples after which an open anomaly ends. */
  readonly calmSamples: number;
  /** Samples within which only a stronger surprise than the last peak counts as something new. */
  readonly habituationSamples: number;
}

/** The shipped settings. */
export const defaultSeriesSettings: SeriesSettings = {
  learningSamples: 60,
  memorySamples: 20_000,
  levelRate: 0.003,
  bandTail: 0.005,
  threshold: 0.9994,
  calmSamples: 6,
  habituationSamples: 100,
};
