/** A pace at which things are used up: points of a trend and when it is told. */
export interface ForecastPace {
  /** Length of one point, the mean of its samples. */
  readonly pointMs: number;
  /** Points that the trend is drawn through. */
  readonly points: number;
  /** Told when it will be used up sooner than this, */
  readonly horizonMs: number;
}

/** What can be set about forecasts. */
export interface ForecastSettings {
  /** The slow one first. */
  readonly paces: readonly ForecastPace[];
  /** Share of slopes that must point towards the end. */
  readonly steadinessMin: number;
  /** The slow end of the interval is at most so many horizons away. */
  readonly slowHorizons: number;
  /** Over when it is farther away than so many horizons. */
  readonly closeHorizons: number;
  /** Share of the whole range that must be used: what is nearly empty is no trouble yet. */
  readonly usedMin: number;
  /** Series watched in one partition of a tenant at most. */
  readonly seriesMax: number;
}

const hourMs = 3_600_000;

/** The shipped settings: days ahead for what fills over days, hours ahead for what fills over hours. */
export const forecastDefaults: ForecastSettings = {
  paces: [
    { pointMs: hourMs, points: 72, horizonMs: 72 * hourMs },
    { pointMs: hourMs / 12, points: 36, horizonMs: 6 * hourMs },
  ],
  steadinessMin: 0.95,
  slowHorizons: 2,
  closeHorizons: 1.5,
  usedMin: 0.5,
  seriesMax: 5000,
};
