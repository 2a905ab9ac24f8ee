import type { AssetShiftSettings } from './asset-shift-settings.ts';
import { SENSOR, type ShiftState, sensorAt } from './shift-state.ts';

/** Median absolute deviations of normal noise in a standard deviation. */
const deviationsInSigma = 1.4826;
/** Share of its first values that must differ from the ones before them. */
const movesMin = 0.05;

/**
 * Lets a sensor take a value in. A sensor is seen beside its own normal: a short mean, a slow level, and how far the two
 * usually are apart, in units of its noise, which is estimated from the first `learnRows` values: the larger of their
 * median absolute deviation and of what their steps from row to row amount to. Then a local level in the sense of
 * structural time series (Harvey, 1989), tracked by exponential means. Values that are not finite change nothing.
 *
 * @param learns while the asset is as usual; else the normal stays as it is
 */
export function updateSensor(
  state: ShiftState,
  sensor: number,
  {
    value,
    learns,
    settings,
  }: { readonly value: number; readonly learns: boolean; readonly settings: AssetShiftSettings },
): void {
  if (!Number.isFinite(value)) return;
  const { numbers, learnRows } = state;
  const at = sensorAt(sensor);
  const gathered = numbers[at + SENSOR.gathered] ?? 0;
  if (gathered < 0) return take(state, at, { value, learns, settings });
  if (gathered === 0) numbers[at + SENSOR.origin] = value;
  state.first ??= new Float32Array(state.sensors * learnRows);
  state.first[sensor * learnRows + gathered] = value - (numbers[at + SENSOR.origin] ?? 0);
  numbers[at + SENSOR.gathered] = gathered + 1;
  if (gathered + 1 < learnRows) return;
  const values = new Float64Array(state.first.subarray(sensor * learnRows, (sensor + 1) * learnRows));
  numbers[at + SENSOR.gathered] = -1;
  const centre = median(values);
  numbers[at + SENSOR.centre] = centre;
  numbers[at + SENSOR.sigma] = noiseOf(values, centre, numbers[at + SENSOR.origin] ?? 0);
  const origin = numbers[at + SENSOR.origin] ?? 0;
  for (const one of values) take(state, at, { value: one + origin, learns: true, settings });
}

function take(
  { numbers }: ShiftState,
  at: number,
  {
    value,
    learns,
    settings,
  }: { readonly value: number; readonly learns: boolean; readonly settings: AssetShiftSettings },
): void {
  const { learnRows, shortRows, levelRows, spreadRows, clipSigmas, spreadClip } = settings;
  const centre = (numbers[at + SENSOR.origin] ?? 0) + (numbers[at + SENSOR.centre] ?? 0);
  const z = Math.max(-clipSigmas, Math.min(clipSigmas, (value - centre) / (numbers[at + SENSOR.sigma] ?? 1)));
  const rows = (numbers[at + SENSOR.rows] ?? 0) + 1;
  numbers[at + SENSOR.rows] = rows;
  const before = rows === 1 ? z : (numbers[at + SENSOR.short] ?? 0);
  const short = before + (2 / (shortRows + 1)) * (z - before);
  numbers[at + SENSOR.short] = short;
  if (rows === 1) numbers[at + SENSOR.level] = z;
  if (!learns) return;
  const level = numbers[at + SENSOR.level] ?? 0;
  const newLevel = level + Math.max(2 / (levelRows + 1), 1 / rows) * (z - level);
  numbers[at + SENSOR.level] = newLevel;
  const warmRows = learnRows / 5;
  if (rows <= warmRows) return;
  const spread = numbers[at + SENSOR.spread] ?? 0;
  const square = Math.min((short - newLevel) ** 2, spread * spreadClip + 1);
  numbers[at + SENSOR.spread] = spread + Math.max(1 / (rows - warmRows), 1 / spreadRows) * (square - spread);
}

/** How many times its usual distance a sensor's short mean is from its level, signed; 0 before there is a normal. */
export function sensorDeviation({ numbers }: ShiftState, sensor: number, { spreadFloor }: AssetShiftSettings): number {
  const at = sensorAt(sensor);
  if ((numbers[at + SENSOR.gathered] ?? 0) >= 0) return 0;
  const distance = (numbers[at + SENSOR.short] ?? 0) - (numbers[at + SENSOR.level] ?? 0);
  return distance / Math.sqrt((numbers[at + SENSOR.spread] ?? 0) + spreadFloor);
}

/** Takes the present level of a sensor for the normal one. */
export function acceptSensor({ numbers }: ShiftState, sensor: number): void {
  const at = sensorAt(sensor);
  numbers[at + SENSOR.level] = numbers[at + SENSOR.short] ?? 0;
}

/** Where a sensor is and where it usually is, in its own unit; `reach` is as far as it usually goes. */
export function sensorPlace(
  { numbers }: ShiftState,
  sensor: number,
  { spreadFloor, threshold }: AssetShiftSettings,
): { readonly short: number; readonly level: number; readonly reach: number } {
  const at = sensorAt(sensor);
  const centre = (numbers[at + SENSOR.origin] ?? 0) + (numbers[at + SENSOR.centre] ?? 0);
  const sigma = numbers[at + SENSOR.sigma] ?? 1;
  return {
    short: centre + sigma * (numbers[at + SENSOR.short] ?? 0),
    level: centre + sigma * (numbers[at + SENSOR.level] ?? 0),
    reach: threshold * sigma * Math.sqrt((numbers[at + SENSOR.spread] ?? 0) + spreadFloor),
  };
}

function noiseOf(values: Float64Array, centre: number, origin: number): number {
  const around = deviationsInSigma * median(values.map((value) => Math.abs(value - centre)));
  let steps = 0;
  let moves = 0;
  for (let row = 1; row < values.length; row += 1) {
    const step = Math.abs((values[row] ?? 0) - (values[row - 1] ?? 0));
    steps += step;
    if (step > 0) moves += 1;
  }
  // A sensor that hardly ever moves has no noise to measure a shift in: any change would be many times as large.
  if (moves < movesMin * values.length) return Number.POSITIVE_INFINITY;
  // The mean absolute difference of two independent normal values is 2 / sqrt(pi) of their standard deviation.
  const between = (steps / Math.max(1, values.length - 1)) * (Math.sqrt(Math.PI) / 2);
  return Math.max(around, between, Math.abs(origin + centre) * 1e-9, 1e-9);
}

/** The value in the middle by selection (Hoare, 1961): all assets that began together learn at the same moment, so sorting would be felt. */
function median(values: Float64Array): number {
  const sorted = values.slice();
  const middle = Math.floor(sorted.length / 2);
  const valueAt = (index: number): number => sorted[index] ?? 0;
  let [first, last] = [0, sorted.length - 1];
  while (first < last) {
    const pivot = valueAt((first + last) >> 1);
    let [low, high] = [first, last];
    while (low <= high) {
      while (valueAt(low) < pivot) low += 1;
      while (valueAt(high) > pivot) high -= 1;
      if (low > high) break;
      const swapped = valueAt(low);
      sorted[low] = valueAt(high);
      sorted[high] = swapped;
      low += 1;
      high -= 1;
    }
    if (middle <= high) last = high;
    else if (middle >= low) first = low;
    else break;
  }
  return valueAt(middle);
}
