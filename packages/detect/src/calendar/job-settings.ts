/** What can be set about jobs that recur by the day. */
export interface JobSettings {
  /** A sample this many usual steps above the recent level begins an event. */
  readonly eventSteps: number;
  /** ... and at least this share of the level above it. */
  readonly eventShare: number;
  /** Two events of different days within this time of day are the same job. */
  readonly toleranceMs: number;
  /** Earlier runs on the same weekday from which on a job is expected. */
  readonly sameWeekdayRuns: number;
  /** ... or runs on any days, without a miss, for one that has run on this weekday once. */
  readonly runs: number;
  /** Event time between two looks for jobs that did not come. */
  readonly checkMs: number;
  /** Series watched in one partition of a tenant at most. */
  readonly seriesMax: number;
}

/** The shipped settings. */
export const jobDefaults: JobSettings = {
  eventSteps: 8,
  eventShare: 0.2,
  toleranceMs: 15 * 60_000,
  sameWeekdayRuns: 3,
  runs: 10,
  checkMs: 60_000,
  seriesMax: 10_000,
};
