import { HeliosError } from '@heliosiq/model';

/** Quantities that a model watches, each against its own history. The order is part of the snapshot's version. */
export const FEATURES = [
  'level',
  'jump',
  'recent',
  'step',
  'course',
  'spread',
  'day',
  'day-ratio',
  'week-mean',
  'unrest',
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
  // Squared departures from the running mean over 12 samples, and what is usual for them.
  'spread12',
  'usualSpread12',
  'weekResidual',
  // Mean surprise of the last few samples.
  'unrest',
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
  // Far samples as of `tail-spells.ts`: how many, how many of them behind another one, and how far the last
  // sample was, in signed decades.
  'farSamples',
  'farPairs',
  'farBefore',
  // Spells near an alarm as of `near-alarms.ts`: how many, faded, when the last one began, and its last sample by the count.
  'nearSpells',
  'nearAt',
  'nearCount',
  // Outlying samples as of `outlying-spells.ts`: how many spells of them, faded; the last one by the count; how high the last
  // spell was, and how high the others were: in the mean, and the highest, which comes down with time.
  'outlyingSpells',
  'outlyingCount',
  'outlyingPeak',
  'outlyingHeight',
  'outlyingHighest',
] as const;

/** Index of each single number in `SeriesState.scalars`. */
export const SCALAR = Object.fromEntries(scalarNames.map((name, index) => [name, index])) as Record<
  (typeof scalarNames)[number],
  number
>; // one entry per name by construction

/** A sketch for each feature, and one more for the mean of all: how unusual the series usually is. */
const SKETCHES = FEATURES.length + 1;
/** Bins of a sketch: twelve octaves. */
export const TAIL_BINS = 48;
/** The index of that sketch. */
export const WHOLE_SKETCH = FEATURES.length;

/** Quarter hours of a day. */
export const DAY_SLOTS = 96;
/** Half hours of a day. */
const DAY_HALF_HOURS = 48;
/** Two-hour slots of a week. */
export const WEEK_SLOTS = 84;

/** Episodes of large departures that are remembered one by one, the present one among them, as of `recurring-episodes.ts`. */
export const EPISODES_KEPT = 8;
const RECURRENCE_NUMBERS = 3 * EPISODES_KEPT + 3;

const sections = [
  ['scalars', Float64Array, scalarNames.length],
  ['scales', Float64Array, FEATURES.length],
  ['totals', Float64Array, SKETCHES],
  ['recurrences', Float64Array, RECURRENCE_NUMBERS],
  ['bases', Int32Array, SKETCHES],
  ['screens', Int32Array, SKETCHES],
  ['dayMeans', Float32Array, DAY_SLOTS],
  ['weekMeans', Float32Array, WEEK_SLOTS],
  ['daySizes', Float32Array, DAY_HALF_HOURS],
  ['dayCounts', Uint16Array, DAY_SLOTS],
  ['weekCounts', Uint16Array, WEEK_SLOTS],
  ['daySizeCounts', Uint16Array, DAY_HALF_HOURS],
  ['tails', Uint16Array, SKETCHES * TAIL_BINS],
] as const;

const stateBytes = sections.reduce((sum, [, kind, length]) => sum + kind.BYTES_PER_ELEMENT * length, 0);

/** "HQS" and the version of the layout. */
const MAGIC = Uint8Array.of(0x48, 0x51, 0x53, 0x08);

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
  /** The latest episodes of large departures, as of `recurring-episodes.ts`. */
  readonly recurrences: Float64Array;
  /** Where on the axis of `tail-sketch.ts` the first bin of each sketch lies (0: not known yet), and from where on it speaks. */
  readonly bases: Int32Array;
  readonly screens: Int32Array;
  readonly dayMeans: Float32Array;
  readonly weekMeans: Float32Array;
  /** Mean size of departures from the time of day, by the half hour. */
  readonly daySizes: Float32Array;
  readonly dayCounts: Uint16Array;
  readonly weekCounts: Uint16Array;
  readonly daySizeCounts: Uint16Array;
  readonly tails: Uint16Array;
  /** The same counts two by two: the first of a pair in the lower half. */
  readonly tailPairs: Uint32Array;
  /** The scalars, the scales and the totals in a row: one view of many costs less to work with than many. */
  readonly numbers: Float64Array;
  /** The whole block by words of 32 bits, among them bases, screens and pairs of counts. */
  readonly words: Int32Array;
}

/** Where totals begin in `SeriesState.numbers`. */
export const TOTALS_AT = scalarNames.length + FEATURES.length;

/** Where bases, and behind them screens, begin in `SeriesState.words`. */
export const HEADS_AT = 2 * (TOTALS_AT + SKETCHES + RECURRENCE_NUMBERS);

/** Where pairs of counts begin in `SeriesState.words`. */
export const PAIRS_AT = (stateBytes - 2 * SKETCHES * TAIL_BINS) / 4;

/** An empty state. */
export const createSeriesState = (): SeriesState => viewSeriesState(new ArrayBuffer(stateBytes), 0);

/** The state that lies in a buffer from an offset on, which is a multiple of eight. */
export function viewSeriesState(buffer: ArrayBuffer, from: number): SeriesState {
  let offset = from;
  const views: Record<string, Float64Array | Float32Array | Int32Array | Uint16Array> = {};
  for (const [name, kind, length] of sections) {
    views[name] = new kind(buffer, offset, length);
    offset += kind.BYTES_PER_ELEMENT * length;
  }
  const { tails } = views;
  const tailPairs = new Uint32Array(buffer, tails?.byteOffset, (SKETCHES * TAIL_BINS) / 2);
  const numbers = new Float64Array(buffer, from, TOTALS_AT + SKETCHES);
  const words = new Int32Array(buffer, from, stateBytes / 4);
  const bytes = new Uint8Array(buffer, from, stateBytes);
  // The cast holds: the loop above made one view of the right kind per section.
  return { bytes, ...views, tailPairs, numbers, words } as unknown as SeriesState;
}

/** Length of the bytes of a state. */
export const seriesStateLength = MAGIC.length + stateBytes;

/** The state as bytes that `readSeriesState` takes back exactly. */
export function writeSeriesState(state: SeriesState): Uint8Array {
  const bytes = new Uint8Array(seriesStateLength);
  writeSeriesMagic(bytes);
  bytes.set(state.bytes, MAGIC.length);
  return bytes;
}

/** Writes what a written state begins with. */
export function writeSeriesMagic(bytes: Uint8Array): void {
  bytes.set(MAGIC);
}

/** True for bytes that begin as a written state of this version does. */
export const isOfThisVersion = (bytes: Uint8Array): boolean =>
  bytes[0] === MAGIC[0] && bytes[1] === MAGIC[1] && bytes[2] === MAGIC[2] && bytes[3] === MAGIC[3];

/** Reads a state back. Throws `HeliosError('internal')` for bytes of another kind, version or length. */
export function readSeriesState(bytes: Uint8Array): SeriesState {
  if (bytes.length !== seriesStateLength || !isOfThisVersion(bytes)) {
    throw new HeliosError('internal', 'not a series state of this version', {
      cure: 'drop the state: the model learns anew',
    });
  }
  const state = createSeriesState();
  state.bytes.set(bytes.subarray(MAGIC.length));
  return state;
}
