/** What can be set about silence. Intervals are learnt per series; these say how far beyond them silence begins. */
export interface SilenceSettings {
  /** Arrivals of a series before its silence means anything. */
  readonly learningArrivals: number;
  /** ... and so many of its usual intervals. */
  readonly learningIntervals: number;
  /** A series is silent after so many of its usual intervals without a sample. */
  readonly intervals: number;
  /** ... and after its longest gap of late times this. */
  readonly longestFactor: number;
  /** ... and after this long at least. */
  readonly silenceMsMin: number;
  /** Longest gaps fade to half in this time. */
  readonly longestHalfLifeMs: number;
  /** Assets that fall silent together are told as one outage from this number on, */
  readonly groupAssetsMin: number;
  /** ... when they are at least this share of those that sent. */
  readonly groupShareMin: number;
  /** Samples farther ahead of the moment at which the log took them are a sender's error. */
  readonly futureMsMax: number;
  /** Event time between two looks for silence. */
  readonly checkMs: number;
  /** Series watched in one partition of a tenant at most. */
  readonly seriesMax: number;
}

/** The shipped settings. */
export const silenceDefaults: SilenceSettings = {
  learningArrivals: 20,
  learningIntervals: 100,
  intervals: 5,
  longestFactor: 1.5,
  silenceMsMin: 120_000,
  longestHalfLifeMs: 14 * 86_400_000,
  groupAssetsMin: 5,
  groupShareMin: 0.25,
  futureMsMax: 300_000,
  checkMs: 15_000,
  seriesMax: 100_000,
};
