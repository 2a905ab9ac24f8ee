import { HeliosError } from '@heliosiq/model';

/** Index of each number of an asset in its state. */
export const ASSET = {
  rows: 0,
  shiftedRows: 1,
  returnedRows: 2,
  rowAt: 3,
  eventOpen: 4,
  startedAt: 5,
  peakAt: 6,
  lastSeenAt: 7,
  peak: 8,
  revision: 9,
  leadRef: 10,
  leadValue: 11,
  leadLevel: 12,
  leadReach: 13,
  leadSide: 14,
  toldPeak: 15,
  levelFrom: 16,
  rowMs: 17,
} as const;

/** Index of each number of a sensor, behind those of the asset. */
export const SENSOR = {
  ref: 0,
  lastAt: 1,
  /** The value of the row that is being gathered; NaN where it has none yet. */
  pending: 2,
  /** Values gathered for learning; -1 once the noise is known. */
  gathered: 3,
  origin: 4,
  centre: 5,
  sigma: 6,
  short: 7,
  level: 8,
  spread: 9,
  rows: 10,
  peak: 11,
  /** Share of the shift at its peak. */
  share: 12,
} as const;

const ASSET_NUMBERS = 18;
/** Numbers of one sensor. */
export const SENSOR_NUMBERS = 13;

/** "HQA" and the version of the layout. */
const MAGIC = [0x48, 0x51, 0x41, 0x01] as const;
const HEAD_BYTES = 8;

/** All that is known of an asset's sensors together. */
export interface ShiftState {
  readonly sensors: number;
  readonly learnRows: number;
  /** Numbers of the asset, then those of each sensor. */
  readonly numbers: Float64Array;
  /** The first values of each sensor, relative to its very first; absent when no sensor learns. */
  first: Float32Array | undefined;
  /** The sensor whose sample is expected next; no part of what is stored. */
  expected: number;
}

/** A state of so many sensors of which nothing is known. */
export function createShiftState(sensors: number, learnRows: number): ShiftState {
  const numbers = new Float64Array(ASSET_NUMBERS + sensors * SENSOR_NUMBERS);
  const state = { sensors, learnRows, numbers, first: undefined, expected: 0 };
  for (let sensor = 0; sensor < sensors; sensor += 1) resetSensor(state, sensor);
  return state;
}

function resetSensor(state: ShiftState, sensor: number): void {
  const at = sensorAt(sensor);
  state.numbers.fill(0, at, at + SENSOR_NUMBERS);
  state.numbers[at + SENSOR.pending] = Number.NaN;
  state.numbers[at + SENSOR.lastAt] = Number.NEGATIVE_INFINITY;
}

/** Where the numbers of a sensor begin. */
export const sensorAt = (sensor: number): number => ASSET_NUMBERS + sensor * SENSOR_NUMBERS;

/** The same state with room for one more sensor, whose number is `ref`. */
export function withSensor(state: ShiftState, ref: number): ShiftState {
  const grown: ShiftState = {
    sensors: state.sensors + 1,
    learnRows: state.learnRows,
    numbers: new Float64Array(state.numbers.length + SENSOR_NUMBERS),
    first: undefined,
    expected: 0,
  };
  grown.numbers.set(state.numbers);
  if (state.first !== undefined) {
    grown.first = new Float32Array(grown.sensors * grown.learnRows);
    grown.first.set(state.first);
  }
  resetSensor(grown, state.sensors);
  grown.numbers[sensorAt(state.sensors) + SENSOR.ref] = ref;
  return grown;
}

/** Memory that a state takes. */
export const shiftStateBytes = ({ numbers, first }: ShiftState): number =>
  numbers.byteLength + (first?.byteLength ?? 0);

/** The state as bytes; of the first values of sensors only those that are there. */
export function packShiftState(state: ShiftState): Uint8Array {
  const { sensors, learnRows, numbers, first } = state;
  const lengths = Array.from({ length: sensors }, (_, sensor) => gatheredOf(state, sensor));
  const bytes = new Uint8Array(
    HEAD_BYTES + numbers.byteLength + 4 * lengths.reduce((total, length) => total + length, 0),
  );
  bytes.set(MAGIC);
  new DataView(bytes.buffer).setUint16(4, sensors, true);
  new DataView(bytes.buffer).setUint16(6, learnRows, true);
  bytes.set(new Uint8Array(numbers.buffer), HEAD_BYTES);
  let at = HEAD_BYTES + numbers.byteLength;
  for (const [sensor, length] of lengths.entries()) {
    const values = first?.subarray(sensor * learnRows, sensor * learnRows + length) ?? new Float32Array();
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return bytes;
}

/** Reads what `packShiftState` wrote. Throws `HeliosError('internal')` for bytes of another kind, version or length. */
export function unpackShiftState(bytes: Uint8Array, learnRows: number): ShiftState {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isKnown = bytes.length >= HEAD_BYTES && MAGIC.every((byte, index) => bytes[index] === byte);
  if (!isKnown || view.getUint16(6, true) !== learnRows) throw unreadable();
  const sensors = view.getUint16(4, true);
  const state = createShiftState(sensors, learnRows);
  const numbersEnd = HEAD_BYTES + state.numbers.byteLength;
  if (bytes.length < numbersEnd) throw unreadable();
  new Uint8Array(state.numbers.buffer).set(bytes.subarray(HEAD_BYTES, numbersEnd));
  let at = numbersEnd;
  for (let sensor = 0; sensor < sensors; sensor += 1) {
    const length = gatheredOf(state, sensor);
    if (length === 0) continue;
    if (length > learnRows || at + 4 * length > bytes.length) throw unreadable();
    state.first ??= new Float32Array(sensors * learnRows);
    const target = new Uint8Array(state.first.buffer, 4 * sensor * learnRows, 4 * length);
    target.set(bytes.subarray(at, at + 4 * length));
    at += 4 * length;
  }
  if (at !== bytes.length) throw unreadable();
  return state;
}

const gatheredOf = ({ numbers }: ShiftState, sensor: number): number =>
  Math.max(0, numbers[sensorAt(sensor) + SENSOR.gathered] ?? 0);

const unreadable = (): HeliosError =>
  new HeliosError('internal', 'not the state of an asset of this version', {
    cure: 'drop the state: the asset is learnt anew',
  });
