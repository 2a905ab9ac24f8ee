import { type AssetShiftSettings } from './asset-shift-settings.ts';
import { updateShift } from './asset-shift.ts';
import { sensorPlace } from './sensor-level.ts';
import { ASSET, SENSOR, type ShiftState, sensorAt, withSensor } from './shift-state.ts';

/** An asset with fewer sensors has nothing to show together; one with more is no single thing. */
export const sensorsMin = 3;
export const sensorsMax = 32;

/** A shift is told from this deviation on, in units of the threshold: weaker ones are common on heavy-tailed noise. */
export const toldDeviation = 3;
/** A peak is told again when it has grown by this factor. */
const toldGrowth = 1.3;

/** A shift of an asset, as it stands. Times in milliseconds since the epoch; numbers in the unit of the sensor that leads it. */
export interface ShiftEpisode {
  readonly startedAt: number;
  readonly peakAt: number;
  readonly lastSeenAt: number;
  readonly endedAt?: number;
  /** Largest deviation, in units of the threshold. */
  readonly peak: number;
  readonly revision: number;
  readonly leadRef: number;
  readonly value: number;
  readonly level: number;
  /** As far as the sensor usually goes from its level. */
  readonly reach: number;
  /** When the normal was first learnt, and the rows since. */
  readonly baselineFrom: number;
  readonly rows: number;
  /** Numbers of the series that take part, with their shares; the largest first. */
  readonly shares: readonly { readonly ref: number; readonly share: number }[];
}

export interface ShiftChange {
  readonly kind: 'opened' | 'updated' | 'closed';
  readonly episode: ShiftEpisode;
}

/**
 * Takes one sample of an asset into its state and returns what it changed. A row is complete when a sensor comes again,
 * so sensors need not be sampled in the same millisecond; a sample that is not newer than the last one of its sensor
 * changes nothing. The state that is returned replaces the given one.
 */
export function observeSample(
  state: ShiftState,
  sample: { readonly ref: number; readonly at: number; readonly value: number },
  settings: AssetShiftSettings,
): { readonly state: ShiftState; readonly change?: ShiftChange } {
  if (isTooWide(state)) return { state };
  let current = state;
  let sensor = sensorOf(current, sample.ref);
  if (sensor === -1) {
    if (current.sensors === sensorsMax) return { state: markTooWide(current) };
    current = withSensor(current, sample.ref);
    sensor = current.sensors - 1;
  }
  const { numbers } = current;
  const at = sensorAt(sensor);
  if (!(sample.at > (numbers[at + SENSOR.lastAt] ?? 0))) return { state: current };
  numbers[at + SENSOR.lastAt] = sample.at;
  if (!Number.isFinite(sample.value)) return { state: current };
  const change = Number.isNaN(numbers[at + SENSOR.pending] ?? Number.NaN) ? undefined : closeRow(current, settings);
  numbers[at + SENSOR.pending] = sample.value;
  numbers[ASSET.rowAt] = Math.max(numbers[ASSET.rowAt] ?? 0, sample.at);
  return change === undefined ? { state: current } : { state: current, change };
}

function sensorOf(state: ShiftState, ref: number): number {
  const { numbers, sensors } = state;
  const refOf = (sensor: number): number => numbers[sensorAt(sensor) + SENSOR.ref] ?? 0;
  let sensor = state.expected;
  // Who sends keeps to an order: mostly it is the one behind the last.
  if (sensor >= sensors || refOf(sensor) !== ref) {
    sensor = 0;
    while (sensor < sensors && refOf(sensor) !== ref) sensor += 1;
    if (sensor === sensors) return -1;
  }
  state.expected = sensor + 1 === sensors ? 0 : sensor + 1;
  return sensor;
}

/** True for an asset of too many series, of which nothing is kept any more. */
export const isTooWide = ({ numbers }: ShiftState): boolean => numbers[ASSET.rows] === -1;

function markTooWide(state: ShiftState): ShiftState {
  const marked = { ...state, sensors: 0, numbers: state.numbers.slice(0, sensorAt(0)), first: undefined };
  marked.numbers.fill(0);
  marked.numbers[ASSET.rows] = -1;
  return marked;
}

const values = new Float64Array(sensorsMax);

function closeRow(state: ShiftState, settings: AssetShiftSettings): ShiftChange | undefined {
  const { numbers, sensors } = state;
  const rowAt = numbers[ASSET.rowAt] ?? 0;
  let present = 0;
  for (let sensor = 0; sensor < sensors; sensor += 1) {
    const at = sensorAt(sensor) + SENSOR.pending;
    values[sensor] = numbers[at] ?? Number.NaN;
    if (!Number.isNaN(values[sensor])) present += 1;
    numbers[at] = Number.NaN;
  }
  if (present < sensorsMin) return undefined;
  if (numbers[ASSET.rows] === 0) numbers[ASSET.levelFrom] = rowAt;
  const wasShifted = (numbers[ASSET.shiftedRows] ?? 0) > 0;
  const verdict = updateShift(state, values, settings);
  if (!verdict.isShifted) return wasShifted ? end(state, rowAt) : undefined;
  if (!wasShifted) {
    numbers[ASSET.startedAt] = rowAt;
    numbers[ASSET.peak] = 0;
  }
  numbers[ASSET.lastSeenAt] = rowAt;
  if (verdict.deviation > (numbers[ASSET.peak] ?? 0)) keepPeak(state, { verdict, rowAt, settings });
  return tellGrowth(state);
}

function keepPeak(
  state: ShiftState,
  {
    verdict,
    rowAt,
    settings,
  }: {
    readonly verdict: { readonly deviation: number; readonly shares: readonly number[] };
    readonly rowAt: number;
    readonly settings: AssetShiftSettings;
  },
): void {
  const { numbers } = state;
  const lead = verdict.shares.reduce((best, share, sensor) => (share > (verdict.shares[best] ?? 0) ? sensor : best), 0);
  const place = sensorPlace(state, lead, settings);
  numbers[ASSET.peak] = verdict.deviation;
  numbers[ASSET.peakAt] = rowAt;
  numbers[ASSET.leadRef] = numbers[sensorAt(lead) + SENSOR.ref] ?? 0;
  numbers[ASSET.leadValue] = place.short;
  numbers[ASSET.leadLevel] = place.level;
  numbers[ASSET.leadReach] = place.reach;
  for (const [sensor, share] of verdict.shares.entries()) numbers[sensorAt(sensor) + SENSOR.share] = share;
}

function tellGrowth(state: ShiftState): ShiftChange | undefined {
  const { numbers } = state;
  const peak = numbers[ASSET.peak] ?? 0;
  if (numbers[ASSET.eventOpen] === 1) {
    return peak >= toldGrowth * (numbers[ASSET.toldPeak] ?? 0) ? tell(state, 'updated') : undefined;
  }
  if (peak < toldDeviation) return undefined;
  numbers[ASSET.eventOpen] = 1;
  numbers[ASSET.revision] = 0;
  return tell(state, 'opened');
}

function end(state: ShiftState, endedAt: number): ShiftChange | undefined {
  const { numbers } = state;
  if (numbers[ASSET.eventOpen] !== 1) return undefined;
  numbers[ASSET.eventOpen] = 0;
  return tell(state, 'closed', endedAt);
}

function tell(state: ShiftState, kind: ShiftChange['kind'], endedAt?: number): ShiftChange {
  const { numbers, sensors } = state;
  const at = (index: number): number => numbers[index] ?? 0;
  numbers[ASSET.revision] = at(ASSET.revision) + 1;
  numbers[ASSET.toldPeak] = at(ASSET.peak);
  const shares = Array.from({ length: sensors }, (_, sensor) => ({
    ref: at(sensorAt(sensor) + SENSOR.ref),
    share: at(sensorAt(sensor) + SENSOR.share),
  }));
  return {
    kind,
    episode: {
      startedAt: at(ASSET.startedAt),
      peakAt: at(ASSET.peakAt),
      lastSeenAt: at(ASSET.lastSeenAt),
      ...(endedAt === undefined ? {} : { endedAt }),
      peak: at(ASSET.peak),
      revision: at(ASSET.revision),
      leadRef: at(ASSET.leadRef),
      value: at(ASSET.leadValue),
      level: at(ASSET.leadLevel),
      reach: at(ASSET.leadReach),
      baselineFrom: at(ASSET.levelFrom),
      rows: at(ASSET.rows),
      shares: shares.filter(({ share }) => share > 0).sort((a, b) => b.share - a.share),
    },
  };
}
