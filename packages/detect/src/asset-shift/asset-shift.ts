import { type AssetShiftSettings, assetShiftDefaults } from './asset-shift-settings.ts';
import { acceptSensor, sensorDeviation, updateSensor } from './sensor-level.ts';
import { ASSET, SENSOR, type ShiftState, createShiftState, sensorAt } from './shift-state.ts';

/** What is said of an asset at one moment. */
export interface ShiftVerdict {
  readonly isShifted: boolean;
  /** Largest deviation of its sensors, in units of the threshold. */
  readonly deviation: number;
  /** Each sensor's share of the squared deviations above the threshold, in the order of the sensors; all 0 when the asset is as usual. */
  readonly shares: readonly number[];
}

/** Watches the sensors of one asset together. */
export interface AssetShift {
  /** One moment's values in the order of the sensors; NaN where one is missing. */
  update(values: ArrayLike<number>): ShiftVerdict;
}

/** Deviations of the sensors of the asset that is looked at. */
let scratch = new Float64Array(32);
const noShares: (readonly number[])[] = [];

/** A watch of so many sensors of which nothing is known. */
export function createAssetShift(sensors: number, options: Partial<AssetShiftSettings> = {}): AssetShift {
  const settings = { ...assetShiftDefaults, ...options };
  const state = createShiftState(sensors, settings.learnRows);
  return { update: (values) => updateShift(state, values, settings) };
}

/**
 * Tells when an asset has left its normal, and when it is back. While a shift lasts no sensor learns, so that it does not
 * fade; the sensor that leads it decides its end, because others may drift on for long; and a state that lasts is the new normal.
 */
export function updateShift(state: ShiftState, values: ArrayLike<number>, settings: AssetShiftSettings): ShiftVerdict {
  const { numbers, sensors } = state;
  const { threshold } = settings;
  const at = (index: number): number => numbers[index] ?? 0;
  const rows = at(ASSET.rows) + 1;
  numbers[ASSET.rows] = rows;
  const learns = at(ASSET.shiftedRows) === 0;
  if (scratch.length < sensors) scratch = new Float64Array(sensors);
  const deviations = scratch;
  let deviation = 0;
  let isLearning = false;
  for (let sensor = 0; sensor < sensors; sensor += 1) {
    updateSensor(state, sensor, { value: values[sensor] ?? Number.NaN, learns, settings });
    const own = Math.abs(sensorDeviation(state, sensor, settings));
    deviations[sensor] = own;
    deviation = Math.max(deviation, own);
    isLearning ||= at(sensorAt(sensor) + SENSOR.gathered) >= 0;
  }
  if (!isLearning) state.first = undefined;
  if (!learns) numbers[ASSET.shiftedRows] = at(ASSET.shiftedRows) + 1;
  else if (rows > settings.learnRows && deviation > threshold) begin(state);
  if (at(ASSET.shiftedRows) > 0 && isOver(state, deviations, settings)) {
    numbers[ASSET.shiftedRows] = 0;
    for (let sensor = 0; sensor < sensors; sensor += 1) acceptSensor(state, sensor);
  }
  const isShifted = at(ASSET.shiftedRows) > 0;
  return {
    isShifted,
    deviation: deviation / threshold,
    shares: isShifted ? sharesOf(deviations.subarray(0, sensors), threshold) : zeros(sensors),
  };
}

/** So many zeros; those of an asset of usual size are made once. */
function zeros(sensors: number): readonly number[] {
  return (noShares[sensors] ??= Array.from({ length: sensors }, () => 0));
}

function begin({ numbers, sensors }: ShiftState): void {
  numbers[ASSET.shiftedRows] = 1;
  numbers[ASSET.returnedRows] = 0;
  for (let sensor = 0; sensor < sensors; sensor += 1) numbers[sensorAt(sensor) + SENSOR.peak] = 0;
}

/** True in the row in which the shift is over. */
function isOver({ numbers, sensors }: ShiftState, deviations: Float64Array, settings: AssetShiftSettings): boolean {
  const shiftedRows = numbers[ASSET.shiftedRows] ?? 0;
  let lead = 0;
  let peak = -1;
  for (let sensor = 0; sensor < sensors; sensor += 1) {
    const at = sensorAt(sensor) + SENSOR.peak;
    if (shiftedRows <= settings.leadRows) numbers[at] = Math.max(numbers[at] ?? 0, deviations[sensor] ?? 0);
    if ((numbers[at] ?? 0) > peak) {
      lead = sensor;
      peak = numbers[at] ?? 0;
    }
  }
  const returnsBelow = Math.max(Math.min(settings.threshold, peak / 2), settings.returnShare * peak);
  const isBack = (deviations[lead] ?? 0) < returnsBelow && shiftedRows > 2 * settings.returnRows;
  const returnedRows = isBack ? (numbers[ASSET.returnedRows] ?? 0) + 1 : 0;
  numbers[ASSET.returnedRows] = returnedRows;
  return returnedRows >= settings.returnRows || shiftedRows > settings.newNormalRows;
}

function sharesOf(deviations: Float64Array, threshold: number): readonly number[] {
  const above = Array.from(deviations, (deviation) => (deviation > threshold ? deviation ** 2 : 0));
  const sum = above.reduce((total, one) => total + one, 0);
  return above.map((one) => (sum === 0 ? 0 : one / sum));
}
