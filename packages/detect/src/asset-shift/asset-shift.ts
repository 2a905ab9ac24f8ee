import { type AssetShiftSettings, assetShiftDefaults } from './asset-shift-settings.ts';
import { createSensorLevel } from './sensor-level.ts';

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
  update(values: readonly number[]): ShiftVerdict;
}

/**
 * Tells when an asset has left its normal, and when it is back. While a shift lasts no sensor learns, so that it does not
 * fade; the sensor that leads it decides its end, because others may drift on for long; and a state that lasts is the new normal.
 * Memory is a few hundred bytes a sensor after learning.
 */
export function createAssetShift(sensors: number, options: Partial<AssetShiftSettings> = {}): AssetShift {
  const settings = { ...assetShiftDefaults, ...options };
  const { threshold } = settings;
  const levels = Array.from({ length: sensors }, () => createSensorLevel(settings));
  const peaks = new Float64Array(sensors);
  let shiftedRows = 0;
  let returnedRows = 0;
  let rows = 0;

  function begin(): void {
    shiftedRows = 1;
    returnedRows = 0;
    peaks.fill(0);
  }

  /** True in the row in which the shift is over. */
  function isOver(deviations: readonly number[]): boolean {
    if (shiftedRows <= settings.leadRows) {
      for (const [sensor, deviation] of deviations.entries()) peaks[sensor] = Math.max(peaks[sensor] ?? 0, deviation);
    }
    const lead = peaks.reduce((best, peak, sensor) => (peak > (peaks[best] ?? 0) ? sensor : best), 0);
    const peak = peaks[lead] ?? 0;
    const returnsBelow = Math.max(Math.min(threshold, peak / 2), settings.returnShare * peak);
    const isBack = (deviations[lead] ?? 0) < returnsBelow && shiftedRows > 2 * settings.returnRows;
    returnedRows = isBack ? returnedRows + 1 : 0;
    return returnedRows >= settings.returnRows || shiftedRows > settings.newNormalRows;
  }

  return {
    update(values) {
      rows += 1;
      for (const [sensor, level] of levels.entries()) level.update(values[sensor] ?? Number.NaN, shiftedRows === 0);
      const deviations = levels.map((level) => level.deviation());
      const deviation = Math.max(0, ...deviations);
      if (shiftedRows > 0) shiftedRows += 1;
      else if (rows > settings.learnRows && deviation > threshold) begin();
      if (shiftedRows > 0 && isOver(deviations)) {
        shiftedRows = 0;
        for (const level of levels) level.accept();
      }
      const isShifted = shiftedRows > 0;
      return {
        isShifted,
        deviation: deviation / threshold,
        shares: isShifted ? sharesOf(deviations, threshold) : levels.map(() => 0),
      };
    },
  };
}

function sharesOf(deviations: readonly number[], threshold: number): readonly number[] {
  const above = deviations.map((deviation) => (deviation > threshold ? deviation ** 2 : 0));
  const sum = above.reduce((total, one) => total + one, 0);
  return above.map((one) => (sum === 0 ? 0 : one / sum));
}
