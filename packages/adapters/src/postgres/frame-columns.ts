import { HeliosError } from '@heliosiq/model/errors.ts';
import type { SampleRun } from '../sample-run.ts';
import { moveTo, readBits, type BitReader } from './bit-stream.ts';
import { readPlainHead } from './decimal-coding.ts';
import { groupLength, isSmallShift, readGroup, readSmallNumber, shiftBits, wordCodeMax } from './rice-coding.ts';
import { readIrregularHead, readTimes } from './time-coding.ts';
import { plainForm, readValues } from './value-coding.ts';

/**
 * Reads the times and the values of a frame at once. Where a number lies is only known when the one before is read, and that is
 * what reading waits for: in their usual forms, which are irregular times and plain decimals, the two columns are read in turns.
 * All of it happens in memory that stays where it is, because the compiler then knows its place and length; nothing in between
 * gives way, so that one serves all.
 */

/** Bytes of a column, and numbers of a frame, up to which columns are read in turns. */
const columnBytesMax = 16_384;
const numbersMax = 4096;
/** What may be looked at beyond the end of a column before that is noticed: more than a group of the longest codes. */
const spareBytes = 1024;

const room = new Uint8Array(2 * (columnBytesMax + spareBytes));
const view = new DataView(room.buffer);
const valuesStart = columnBytesMax + spareBytes;
const timeReader = { bytes: room, view, end: 0, position: 0 } satisfies BitReader;
const valueReader = { bytes: room, view, end: 0, position: 0 } satisfies BitReader;
const timesRead = new Float64Array(numbersMax);
const valuesRead = new Float64Array(numbersMax);
/** What the differences come to so far, and the units that they are in. */
const sums = new Float64Array(5);
const sum = { step: 0, time: 1, scaled: 2, unit: 3, power: 4 } as const;
/** How many low bits the codes of the group have that is being read, of either column. */
const shifts = new Int32Array(2);
const shift = { time: 0, value: 1 } as const;

/**
 * Reads a frame into arrays that have its number of samples; returns how many were read: those from `until` on may be left out.
 * Damaged bytes throw `internal`.
 */
export function readColumns(
  bytes: { readonly times: Uint8Array; readonly values: Uint8Array },
  target: SampleRun,
  until: number,
): number {
  const count = target.times.length;
  if (!beginInTurns(bytes, count)) {
    readTimes(bytes.times, target.times);
    readValues(bytes.values, count, target.values);
    return count;
  }
  const read = readInTurns(count, until);
  target.times.set(read === numbersMax ? timesRead : timesRead.subarray(0, read));
  target.values.set(read === numbersMax ? valuesRead : valuesRead.subarray(0, read));
  return read;
}

/** Reads what stands before the differences; false where a column has another form than the usual. */
function beginInTurns(
  { times, values }: { readonly times: Uint8Array; readonly values: Uint8Array },
  count: number,
): boolean {
  if (count > numbersMax || times.length > columnBytesMax || values.length > columnBytesMax) return false;
  if (values[0] !== plainForm) return false;
  room.set(times, 0);
  room.set(values, valuesStart);
  timeReader.position = 0;
  timeReader.end = times.length * 8;
  valueReader.position = (valuesStart + 1) * 8;
  valueReader.end = (valuesStart + values.length) * 8;
  const time = readIrregularHead(timeReader);
  const value = time === undefined ? undefined : readPlainHead(valueReader);
  if (time === undefined || value === undefined) return false;
  if (time.count !== count || count < 2) {
    throw new HeliosError('internal', `A column of times has ${time.count} times instead of ${count}`);
  }
  sums[sum.step] = time.step;
  sums[sum.time] = time.first;
  sums[sum.scaled] = value.first;
  sums[sum.unit] = time.unit;
  sums[sum.power] = value.power;
  return true;
}

/** Reads samples until there are `count`, or a group has passed `until`; returns how many. */
function readInTurns(count: number, until: number): number {
  // The head of the times has the first two, that of the values one.
  timesRead[0] = sums[sum.time] ?? 0;
  valuesRead[0] = (sums[sum.scaled] ?? 0) / (sums[sum.power] ?? 1);
  let valueShift = readBits(valueReader, shiftBits);
  shifts[shift.value] = valueShift;
  readGroup(valueReader, valuesRead, { from: 1, to: 2, k: valueShift });
  timesRead[1] = 0;
  // As if the change of the first step had been read too: there is none.
  addUp(1, 2);
  let from = 2;
  let [timeShift, timeEnd] = [0, from];
  let valueEnd = Math.min(count, 1 + groupLength);
  while (from < count && (sums[sum.time] ?? 0) < until) {
    if (from === timeEnd) {
      shifts[shift.time] = timeShift = readBits(timeReader, shiftBits);
      timeEnd = Math.min(count, from + groupLength);
    }
    if (from === valueEnd) {
      shifts[shift.value] = valueShift = readBits(valueReader, shiftBits);
      valueEnd = Math.min(count, from + groupLength);
    }
    const to = Math.min(timeEnd, valueEnd);
    let read = from;
    while (read < to && isSmallShift(timeShift) && isSmallShift(valueShift)) {
      read = readShort(read, to);
      if (read < to) read = readLong(read);
    }
    if (read < to) {
      readGroup(timeReader, timesRead, { from, to, k: timeShift });
      readGroup(valueReader, valuesRead, { from, to, k: valueShift });
      addUp(from, to);
    }
    from = to;
  }
  return from;
}

/** Makes times and values of the differences that were read to their places. */
function addUp(from: number, to: number): void {
  let step = sums[sum.step] ?? 0;
  let time = sums[sum.time] ?? 0;
  let scaled = sums[sum.scaled] ?? 0;
  const unit = sums[sum.unit] ?? 1;
  const power = sums[sum.power] ?? 1;
  for (let index = from; index < to; index += 1) {
    step += timesRead[index] ?? 0;
    time += step * unit;
    scaled += valuesRead[index] ?? 0;
    timesRead[index] = time;
    valuesRead[index] = scaled / power;
  }
  sums[sum.step] = step;
  sums[sum.time] = time;
  sums[sum.scaled] = scaled;
}

/** One sample of which a code is an escape, long, or near the end of its column; returns where the next one goes. */
function readLong(index: number): number {
  timesRead[index] = readSmallNumber(timeReader, shifts[shift.time] ?? 0);
  valuesRead[index] = readSmallNumber(valueReader, shifts[shift.value] ?? 0);
  addUp(index, index + 1);
  return index + 1;
}

/** Samples whose codes lie in one word each, up to the first that does not; returns where that one goes. */
function readShort(from: number, end: number): number {
  // As 32-bit numbers from the beginning, so that nothing is looked at in each round again.
  const to = end | 0;
  const timeShift = shifts[shift.time] ?? 0;
  const valueShift = shifts[shift.value] ?? 0;
  const timeLengthMax = wordCodeMax(timeShift) | 0;
  const valueLengthMax = wordCodeMax(valueShift) | 0;
  const timeScale = 1 << timeShift;
  const valueScale = 1 << valueShift;
  const timeRest = 31 - timeShift;
  const valueRest = 31 - valueShift;
  const unit = sums[sum.unit] ?? 1;
  const power = sums[sum.power] ?? 1;
  let timeAt = timeReader.position | 0;
  let valueAt = valueReader.position | 0;
  let step = sums[sum.step] ?? 0;
  let time = sums[sum.time] ?? 0;
  let scaled = sums[sum.scaled] ?? 0;
  let index = from | 0;
  for (; index < to; index = (index + 1) | 0) {
    const timeWord = view.getInt32(timeAt >>> 3) << (timeAt & 7);
    const valueWord = view.getInt32(valueAt >>> 3) << (valueAt & 7);
    const timeOnes = Math.clz32(~timeWord);
    const valueOnes = Math.clz32(~valueWord);
    const timeLength = (timeOnes + 1 + timeShift) | 0;
    const valueLength = (valueOnes + 1 + valueShift) | 0;
    if (timeLength > timeLengthMax || valueLength > valueLengthMax) break;
    // The zero that ends the ones is the sign bit of what is left, so that nothing of them stays.
    const timeCode = Math.imul(timeOnes, timeScale) + ((timeWord << timeOnes) >>> timeRest);
    const valueCode = Math.imul(valueOnes, valueScale) + ((valueWord << valueOnes) >>> valueRest);
    step += (timeCode >>> 1) ^ -(timeCode & 1);
    scaled += (valueCode >>> 1) ^ -(valueCode & 1);
    timeAt = (timeAt + timeLength) | 0;
    valueAt = (valueAt + valueLength) | 0;
    time += step * unit;
    timesRead[index] = time;
    valuesRead[index] = scaled / power;
  }
  moveTo(timeReader, timeAt);
  moveTo(valueReader, valueAt);
  sums[sum.step] = step;
  sums[sum.time] = time;
  sums[sum.scaled] = scaled;
  return index;
}
