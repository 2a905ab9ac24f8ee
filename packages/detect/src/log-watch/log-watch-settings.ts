/** What can be set about the watch over logs. One setting suits all assets; times are milliseconds of the logs' own clock. */
export interface LogWatchSettings {
  /** Nothing is told of an asset before it has written for so long, and so many lines. */
  readonly learningMs: number;
  readonly learningLines: number;
  /** New patterns that follow each other within this are one event. */
  readonly burstMs: number;
  /** An event of new patterns ends when none of their lines came for so long, and is the new normal after the second. */
  readonly calmMs: number;
  readonly habituationMs: number;
  /** Patterns remembered of an asset; beyond it the one that was seen longest ago makes room. */
  readonly patternsMax: number;
  /** Patterns of an asset whose lines a minute are watched by a model. */
  readonly watchedMax: number;
  /** An anomaly opens at this likelihood. */
  readonly threshold: number;
}

/** The shipped settings; the threshold is that of series. */
export const logWatchDefaults: Omit<LogWatchSettings, 'threshold'> = {
  learningMs: 3_600_000,
  learningLines: 100,
  burstMs: 600_000,
  calmMs: 600_000,
  habituationMs: 21_600_000,
  patternsMax: 300,
  watchedMax: 4,
};

export const minuteMs = 60_000;

/** Silence of the whole asset beyond this is not counted as time in which it was watched. */
export const activeGapMs = 600_000;
