import { HeliosError } from '@heliosiq/model';
import { TAIL_SKETCH_LENGTH } from './tail-sketch.ts';

/** Quantities that a model watches, each against its own history. The order is part of the snapshot's version. */
export const FEATURES = [
  'level',
  'recent',
  'jump',
  'step',
  'mean',
  'spread',
  'day',
  'day-mean',
  'week-mean',
  'pattern',
  'flat',
  'streak',
] as const;

/** One watched quantity. */
export type Feature = (typeof FEATURES)[number];

/** Index of each single number in `SeriesState.scalars`. */
export const SCALAR = {
  count: 0,
  firstAt: 1,
  lastAt: 2,
  stepMs: 3,
  origin: 4,
  last: 5,
  level: 6,
  recent: 7,
  trend: 8,
  logVariance: 9,
  dayResidual: 10,
  weekResidual: 11,
  run: 12,
  patterns: 13,
  calibrationTotal: 14,
  histogramTotal: 15,
  histogramLow: 16,
  histogramWidth: 17,
  streak: 18,
  sinceHot: 19,
  hotRun: 20,
  lowest: 21,
  /** Count, mean, variance and long-term square of the value, and of its distance from the time of day. */
  levelWatch: 22,
  dayWatch: 26,
} as const;

/** Recent values kept; a power of two. */
export const RING_LENGTH = 32;
/** Quarter hours of a day. */
export const DAY_SLOTS = 96;
/** Two-hour slots of a week. */
export const WEEK_SLOTS = 84;
/** Remembered shapes, and samples in one. */
export const PATTERNS = 16;
export const PATTERN_LENGTH = 12;
/** Bins of the histogram of values. */
export const HISTOGRAM_BINS = 48;
/** Bins of the combined surprise. */
export const CALIBRATION_BINS = 64;

const SCALARS = 30;
const sections = [
  ['scalars', Float64Array, SCALARS],
  ['ring', Float64Array, RING_LENGTH],
  ['scales', Float64Array, FEATURES.length],
  ['totals', Float64Array, FEATURES.length],
  ['dayMeans', Float32Array, DAY_SLOTS],
  ['weekMeans', Float32Array, WEEK_SLOTS],
  ['patterns', Float32Array, PATTERNS * PATTERN_LENGTH],
  ['patternWeights', Float32Array, PATTERNS],
  ['dayCounts', Uint16Array, DAY_SLOTS],
  ['weekCounts', Uint16Array, WEEK_SLOTS],
  ['tails', Uint16Array, FEATURES.length * TAIL_SKETCH_LENGTH],
  ['histogram', Uint16Array, HISTOGRAM_BINS],
  ['calibration', Uint16Array, CALIBRATION_BINS],
] as const;

const stateBytes = sections.reduce((sum, [, kind, length]) => sum + kind.BYTES_PER_ELEMENT * length, 0);

/** "HQS" and the version of the layout. */
const MAGIC = [0x48, 0x51, 0x53, 0x02] as const;

/**
 * All that a model knows, as views of one block of bytes. Values are kept relative to the first one (`origin`), so that
 * single precision is enough for means of a large counter.
 */
export interface SeriesState {
  readonly bytes: Uint8Array;
  readonly scalars: Float64Array;
  /** The last values, newest at index (count - 1) modulo the length. */
  readonly ring: Float64Array;
  /** Mean size of each feature. */
  readonly scales: Float64Array;
  /** Samples counted in each feature's sketch. */
  readonly totals: Float64Array;
  readonly dayMeans: Float32Array;
  readonly weekMeans: Float32Array;
  readonly patterns: Float32Array;
  readonly patternWeights: Float32Array;
  readonly dayCounts: Uint16Array;
  readonly weekCounts: Uint16Array;
  readonly tails: Uint16Array;
  readonly histogram: Uint16Array;
  readonly calibration: Uint16Array;
}

/** An empty state. */
export function createSeriesState(): SeriesState {
  const buffer = new ArrayBuffer(stateBytes);
  let offset = 0;
  const views: Record<string, Float64Array | Float32Array | Uint16Array> = {};
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
