const dayMs = 86_400_000;

/** What the intake takes at most. */
export interface IntakeSettings {
  /** Records of one batch. */
  readonly recordsMax: number;
  /** A signal may be this much older than now. */
  readonly ageMaxMs: number;
  /** A signal may be this much ahead of now: clocks differ. */
  readonly futureMaxMs: number;
  /** Series whose identity is kept in memory. */
  readonly seriesCachedMax: number;
}

export const intakeDefaults: IntakeSettings = {
  recordsMax: 50_000,
  ageMaxMs: 400 * dayMs,
  futureMaxMs: 10 * 60_000,
  seriesCachedMax: 100_000,
};
