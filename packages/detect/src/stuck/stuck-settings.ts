/** What can be set about sensors that are stuck. How long a series repeats a value is learnt; these say how far beyond it is stuck. */
export interface StuckSettings {
  /** Samples of a series, and event time, before its repeating means anything: a first night and a first day are over. */
  readonly learningSamples: number;
  readonly learningMs: number;
  /** A series is lively when at least this share of its samples differ from the one before. */
  readonly livelyShare: number;
  /** ... and no counter: at least this share of them are lower than the one before. */
  readonly fallingShare: number;
  /** A value is stuck after so many repetitions, */
  readonly repeatsMin: number;
  /** ... after the most of late times this, */
  readonly longestFactor: number;
  /** ... and when chance alone would repeat it so often with a likelihood of ten to the minus this at most. */
  readonly chanceDecades: number;
  /** The longest run fades to half in this time. */
  readonly longestHalfLifeMs: number;
  /** Series watched in one partition of a tenant at most. */
  readonly seriesMax: number;
}

/** The shipped settings. */
export const stuckDefaults: StuckSettings = {
  learningSamples: 500,
  learningMs: 36 * 3_600_000,
  livelyShare: 0.5,
  fallingShare: 0.05,
  repeatsMin: 30,
  longestFactor: 5,
  chanceDecades: 12,
  longestHalfLifeMs: 30 * 86_400_000,
  seriesMax: 20_000,
};
