import { HeliosError } from '@heliosiq/model';
import { TAIL_BINS } from './tail-sketch.ts';

/** Quantities that a model watches, each against its own history. The order is part of the snapshot's version. */
export const FEATURES = [
  'level',
  'jump',
  'recent',
  'step',
  'mean',
  'course',
  'spread',
  'long-spread',
  'day',
  'day-mean',
  'week-mean',
] as const;

/** One watched quantity. */
export type Feature = (typeof FEATURES)[number];

/** Index of each feature in `FEATURES`. */
export const FEATURE_INDEX = Object.fromEntries(FEATURES.map((name, index) => [name, index])) as Record<
  Feature,
  number
>; // one entry per feature by construction

const scalarNames = [
  'count',
  'firstAt',
  'lastAt',
  'stepMs',
  'origin',
  'last',
  'lowest',
  'level',
  'recent',
  'trend',
  // Running means, named after about as many samples as weigh on them.
  'mean4',
  'mean16',
  'mean12',
  'mean36',
  'mean144',
  // Squared departures from the running mean over 12 and over 48 samples, and what is usual for both.
  'spread12',
  'usualSpread12',
  'spread48',
  'usualSpread48',
  'dayResidual',
  'weekResidual',
  // The quarter hour of the last sample: when it began, and its places in the day and in the week.
  'quarterFrom',
  'daySlot',
  'weekSlot',
  // Bodies, as of `body-distance.ts`: of departures from the level, of jumps, and of departures from the time of day.
  'levelBody',
  'levelBodyUp',
  'levelBodyDown',
  'jumpBody',
  'jumpBodyUp',
  'jumpBodyDown',
  'dayBody',
  'dayBodyUp',
  'dayBodyDown',
  // Bands, as of `expected-band.ts`: reach above and below the three expectations.
  'levelUp',
  'levelDown',
  'recentUp',
  'recentDown',
  'dayUp',
  'dayDown',
] as const;

/** Index of each single number in `SeriesState.scalars`. */
export const SCALAR = Object.fromEntries(scalarNames.map((name, index) => [name, index])) as Record<
  (typeof scalarNames)[number],
  number
>; // one entry per name by construction

/** A sketch for each feature, and one more for the mean of all: how unusual the series usually is. */
const SKETCHES = FEATURES.length + 1;
/** The index of that sketch. */
export const WHOLE_SKETCH = FEATURES.length;

/** Quarter hours of a day. */
export const DAY_SLOTS = 96;
/** Two-hour slots of a week. */
export const WEEK_SLOTS = 84;

const sections = [
  ['scalars', Float64Array, scalarNames.length],
  ['scales', Float64Array, FEATURES.length],
  ['totals', Float64Array, SKETCHES],
  ['bases', Int32Array, SKETCHES],
  ['screens', Int32Array, SKETCHES],
  ['dayMeans', Float32Array, DAY_SLOTS],
  ['weekMeans', Float32Array, WEEK_SLOTS],
  ['dayCounts', Uint16Array, DAY_SLOTS],
  ['weekCounts', Uint16Array, WEEK_SLOTS],
  ['tails', Uint16Array, SKETCHES * TAIL_BINS],
] as const;

const stateBytes = sections.reduce((sum, [, kind, length]) => sum + kind.BYTES_PER_ELEMENT * length, 0);

/** "HQS" and the version of the layout. */
const MAGIC = [0x48, 0x51, 0x53, 0x03] as const;

/**
 * All that a model knows, as views of one block of bytes. Values are kept relative to the first one (`origin`), so that
 * single precision is enough for means of a large counter.
 */
export interface SeriesState {
  readonly bytes: Uint8Array;
  readonly scalars: Float64Array;
  /** Mean size of the features that predict (level, jump, recent, day); the others stay 0. */
  readonly scales: Float64Array;
  /** Samples counted in each sketch. */
  readonly totals: Float64Array;
  /** Where on the axis of `tail-sketch.ts` the first bin of each sketch lies (0: not known yet), and from where on it speaks. */
  readonly bases: Int32Array;
  readonly screens: Int32Array;
  readonly dayMeans: Float32Array;
  readonly weekMeans: Float32Array;
  readonly dayCounts: Uint16Array;
  readonly weekCounts: Uint16Array;
  readonly tails: Uint16Array;
}

/** An empty state. */
export function createSeriesState(): SeriesState {
  const buffer = new ArrayBuffer(stateBytes);
  let offset = 0;
  const views: Record<string, Float64Array | Float32Array | Int32Array | Uint16Array> = {};
  for (const [name, kind, length] of sections) {
    views[name] = new kind(buffer, offset, length);
    offset += kind.BYTES_PER_ELEMENT * length;
  }
  // The cast holds: the loop above made one view of the right kind per section.
  return { bytes: new Uint8Array(buffer), ...views } as unknown as SeriesState;
}

/** Length of the bytes of a state. */
export const seriesStateLength = MAGIC.length + stateBytes;

/** The state as bytes that `readSeriesState` takes back exactly. */
export function writeSeriesState(state: SeriesState): Uint8Array {
  const bytes = new Uint8Array(seriesStateLength);
  writeSeriesStateTo(state, bytes);
  return bytes;
}

/** Writes the state to the beginning of bytes that are long enough. */
export function writeSeriesStateTo(state: SeriesState, bytes: Uint8Array): void {
  bytes.set(MAGIC);
  bytes.set(state.bytes, MAGIC.length);
}

/** Reads a state back. Throws `HeliosError('internal')` for bytes of another kind, version or length. */
export function readSeriesState(bytes: Uint8Array): SeriesState {
  const state = createSeriesState();
  loadSeriesState(state, bytes);
  return state;
}

/** Makes a state what the bytes say. Throws `HeliosError('internal')` for bytes of another kind, version or length. */
export function loadSeriesState(state: SeriesState, bytes: Uint8Array): void {
  if (bytes.length !== seriesStateLength || MAGIC.some((byte, index) => bytes[index] !== byte)) {
    throw new HeliosError('internal', 'not a series state of this version', {
      cure: 'drop the state: the model learns anew',
    });
  }
  state.bytes.set(bytes.subarray(MAGIC.length));
}
