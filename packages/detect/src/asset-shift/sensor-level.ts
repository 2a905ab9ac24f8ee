import type { AssetShiftSettings } from './asset-shift-settings.ts';

/** One sensor beside its own normal: a short mean, a slow level, and how far the two usually are apart. */
export interface SensorLevel {
  /** Takes a value in; `learns` while the asset is as usual, else the normal stays as it is. Missing values (NaN) change nothing. */
  update(value: number, learns: boolean): void;
  /** How many times its usual distance the short mean is from the level; 0 before there is a normal. */
  deviation(): number;
  /** Takes the present level for the normal one. */
  accept(): void;
}

/** Median absolute deviations of normal noise in a standard deviation. */
const deviationsInSigma = 1.4826;

/**
 * A sensor in units of its noise, which is estimated from the first `learnRows` values: the larger of their median absolute deviation and
 * of what their steps from row to row amount to. Then a local level in the sense of structural time series (Harvey, 1989), tracked by
 * exponential means.
 */
export function createSensorLevel(settings: AssetShiftSettings): SensorLevel {
  const { learnRows, shortRows, levelRows, spreadRows, spreadFloor, clipSigmas, spreadClip } = settings;
  let first: number[] | undefined = [];
  let centre = 0;
  let sigma = 1;
  let short = 0;
  let level = 0;
  let spread = 0;
  let rows = 0;

  function take(value: number, learns: boolean): void {
    const z = Math.max(-clipSigmas, Math.min(clipSigmas, (value - centre) / sigma));
    rows += 1;
    if (rows === 1) {
      short = z;
      level = z;
    }
    short += (2 / (shortRows + 1)) * (z - short);
    if (!learns) return;
    level += Math.max(2 / (levelRows + 1), 1 / rows) * (z - level);
    const warmRows = learnRows / 5;
    if (rows <= warmRows) return;
    const square = Math.min((short - level) ** 2, spread * spreadClip + 1);
    spread += Math.max(1 / (rows - warmRows), 1 / spreadRows) * (square - spread);
  }

  return {
    update(value, learns) {
      if (!Number.isFinite(value)) return;
      if (first === undefined) return take(value, learns);
      first.push(value);
      if (first.length < learnRows) return;
      const values = first;
      first = undefined;
      centre = median(values);
      sigma = noiseOf(values, centre);
      for (const one of values) take(one, true);
    },
    deviation: () => (first === undefined ? Math.abs(short - level) / Math.sqrt(spread + spreadFloor) : 0),
    accept() {
      level = short;
    },
  };
}

function noiseOf(values: readonly number[], centre: number): number {
  const around = deviationsInSigma * median(values.map((value) => Math.abs(value - centre)));
  let steps = 0;
  for (let row = 1; row < values.length; row += 1) steps += Math.abs((values[row] ?? 0) - (values[row - 1] ?? 0));
  // The mean absolute difference of two independent normal values is 2 / sqrt(pi) of their standard deviation.
  const between = (steps / Math.max(1, values.length - 1)) * (Math.sqrt(Math.PI) / 2);
  // A sensor that does not move has no noise: then any change is many times as large.
  return Math.max(around, between, Math.abs(centre) * 1e-9, 1e-9);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
