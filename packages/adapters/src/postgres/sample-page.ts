import { crc32 } from 'node:zlib';
import type { SampleRun } from '../sample-run.ts';
import { createBitWriter, type BitWriter } from './bit-stream.ts';
import { createByteReader, createByteWriter } from './byte-stream.ts';
import { readColumns } from './frame-columns.ts';
import { readTimes, writeTimes } from './time-coding.ts';
import { readValues, writeValues } from './value-coding.ts';

/**
 * A page holds samples of many series as columns: times and values apart, because series that are measured together share their
 * times. A directory says which series each column of values is of, when it begins and ends, and where it lies, so that one series
 * is read without the others.
 *
 * Bytes: the columns of times, then those of values. Directory: CRC-32 of the rest; version; how many columns of times; the first
 * time of the page; of each column the samples, the first time after that of the page, the time to the last sample, the bytes,
 * and a CRC-32. Then how many columns of values; of each what its series' number is above the one before, the number of its column
 * of times, the bytes, and a CRC-32. Numbers are LEB128, checksums little-endian; series ascend, and times within a series.
 */

/** A column's place among the bytes of its page. */
export interface Column {
  readonly offset: number;
  readonly length: number;
  readonly checksum: number;
}

/** A column of times, which are milliseconds since the epoch. */
export interface TimeColumn extends Column {
  readonly samples: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Samples of one series: a column of values, and the column of their times. */
export interface PageFrame extends Column {
  readonly ref: number;
  readonly times: TimeColumn;
  readonly samples: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** A page as bytes, with what its row says of it. */
export interface SamplePage {
  readonly from: number;
  readonly until: number;
  readonly samples: number;
  readonly series: number;
  readonly directory: Buffer;
  readonly bytes: Buffer;
}

/** Makes one page after the other. */
export interface PageWriter {
  /** Adds samples of a series, whose number is not below those before; more than a frame's worth become several frames. */
  add(ref: number, run: SampleRun): void;
  /** Adds a frame as it is in another page, given its bytes. */
  addFrame(frame: PageFrame, bytes: { readonly times: Uint8Array; readonly values: Uint8Array }): void;
  readonly samples: number;
  /** Bytes of the columns so far. */
  readonly bytes: number;
  /** The page of all that was added since the last one; undefined for nothing. */
  finish(): SamplePage | undefined;
}

const formatVersion = 1;
/** Samples of a frame at most: a part of a series' stretch is read without the rest. */
const frameSamplesMax = 4096;
/** Columns of times that new samples are compared with: targets come one after the other, seldom mixed. */
const recentTimesMax = 4;

/** A frame while its page is written: the number of its column of times stands for the column. */
interface WrittenFrame {
  readonly ref: number;
  readonly timesIndex: number;
  readonly length: number;
  readonly checksum: number;
}

/** A writer without samples. `isThorough`: values are looked at closely, for pages that stay. */
export function createPageWriter({ isThorough = false }: { readonly isThorough?: boolean } = {}): PageWriter {
  let timeWriter = createBitWriter();
  let valueWriter = createBitWriter();
  let timeColumns: TimeColumn[] = [];
  let placeOf = new Map<number, number>();
  let recent: { readonly times: Float64Array; readonly index: number }[] = [];
  let frames: WrittenFrame[] = [];
  let samples = 0;

  /** The number of the column with these times, which is written when there is none yet. */
  function timesIndex(times: Float64Array): number {
    const known = recent.find((one) => isSame(one.times, times));
    if (known !== undefined) return known.index;
    const start = timeWriter.align();
    writeTimes(timeWriter, times);
    const column = endColumn(timeWriter, start);
    const extent = { samples: times.length, firstAt: times[0] ?? 0, lastAt: times[times.length - 1] ?? 0 };
    const index = timeColumns.push({ ...column, ...extent }) - 1;
    placeOf.set(column.checksum, index);
    recent = [{ times, index }, ...recent.slice(0, recentTimesMax - 1)];
    return index;
  }

  function addOne(ref: number, { times, values }: SampleRun): void {
    const start = valueWriter.align();
    writeValues(valueWriter, values, isThorough);
    const { length, checksum } = endColumn(valueWriter, start);
    frames.push({ ref, timesIndex: timesIndex(times), length, checksum });
    samples += times.length;
  }

  /** The number of a column of times that comes from another page. */
  function copiedIndex(column: TimeColumn, bytes: Uint8Array): number {
    const place = placeOf.get(column.checksum);
    const known = place === undefined ? undefined : timeColumns[place];
    if (place !== undefined && known !== undefined && isSameColumn(known, column)) return place;
    const offset = timeWriter.align();
    timeWriter.writeBytes(bytes);
    const index = timeColumns.push({ ...column, offset }) - 1;
    placeOf.set(column.checksum, index);
    return index;
  }

  return {
    add(ref, run) {
      const { times, values } = run;
      const parts = Math.ceil(times.length / frameSamplesMax);
      if (parts === 1) addOne(ref, run);
      for (let part = 0; part < parts && parts > 1; part += 1) {
        const from = Math.floor((part * times.length) / parts);
        const to = Math.floor(((part + 1) * times.length) / parts);
        addOne(ref, { times: times.subarray(from, to), values: values.subarray(from, to) });
      }
    },

    addFrame({ ref, times, samples: more, length, checksum }, bytes) {
      valueWriter.writeBytes(bytes.values);
      frames.push({ ref, timesIndex: copiedIndex(times, bytes.times), length, checksum });
      samples += more;
    },

    get samples() {
      return samples;
    },
    get bytes() {
      return timeWriter.align() + valueWriter.align();
    },

    finish() {
      if (frames.length === 0) return undefined;
      const page = {
        ...extentOf(timeColumns, frames),
        samples,
        directory: encodeDirectory(timeColumns, frames),
        bytes: Buffer.concat([timeWriter.finish(), valueWriter.finish()]),
      };
      [timeWriter, valueWriter] = [createBitWriter(), createBitWriter()];
      [timeColumns, placeOf, recent, frames] = [[], new Map(), [], []];
      samples = 0;
      return page;
    },
  };
}

function endColumn(writer: BitWriter, start: number): Column {
  const end = writer.align();
  return { offset: start, length: end - start, checksum: crc32(writer.view(start, end)) };
}

function isSame(one: Float64Array, other: Float64Array): boolean {
  if (one.length !== other.length || one[0] !== other[0]) return false;
  for (let index = one.length - 1; index > 0; index -= 1) if (one[index] !== other[index]) return false;
  return true;
}

/** Different times with one checksum, length and ends are possible, but nothing that comes by chance. */
function isSameColumn(one: TimeColumn, other: TimeColumn): boolean {
  return (
    one.length === other.length &&
    one.samples === other.samples &&
    one.firstAt === other.firstAt &&
    one.lastAt === other.lastAt
  );
}

function extentOf(
  times: readonly TimeColumn[],
  frames: readonly WrittenFrame[],
): Pick<SamplePage, 'from' | 'until' | 'series'> {
  return {
    from: times.reduce((least, { firstAt }) => Math.min(least, firstAt), Infinity),
    until: times.reduce((most, { lastAt }) => Math.max(most, lastAt), -Infinity),
    series: frames.reduce((count, { ref }, index) => count + (ref === frames[index - 1]?.ref ? 0 : 1), 0),
  };
}

/** Bytes of an entry at most: four numbers of up to eight bytes, and a checksum. */
const entryBytesMax = 4 * 8 + 4;

function encodeDirectory(times: readonly TimeColumn[], frames: readonly WrittenFrame[]): Buffer {
  const writer = createByteWriter(4 + 4 * 8 + (times.length + frames.length) * entryBytesMax);
  const base = times.reduce((least, { firstAt }) => Math.min(least, firstAt), Infinity);
  writer.skip(4);
  writer.writeNumber(formatVersion);
  writer.writeNumber(times.length);
  writer.writeSigned(base);
  for (const { samples, firstAt, lastAt, length, checksum } of times) {
    writer.writeNumber(samples);
    writer.writeNumber(firstAt - base);
    writer.writeNumber(lastAt - firstAt);
    writer.writeNumber(length);
    writer.writeUint32(checksum);
  }
  writer.writeNumber(frames.length);
  let last = 0;
  for (const { ref, timesIndex, length, checksum } of frames) {
    writer.writeNumber(ref - last);
    writer.writeNumber(timesIndex);
    writer.writeNumber(length);
    writer.writeUint32(checksum);
    last = ref;
  }
  const bytes = writer.finish();
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
  return bytes;
}

/** The frames of a page, of some series when they are given; undefined when the directory's bytes are damaged. */
export function decodeDirectory(directory: Buffer, refs?: ReadonlySet<number>): readonly PageFrame[] | undefined {
  if (directory.length < 9 || directory.readUInt32LE(0) !== crc32(directory.subarray(4))) return undefined;
  const reader = createByteReader(directory, 4);
  if (reader.readNumber() !== formatVersion) return undefined;
  const timeColumns: TimeColumn[] = [];
  const columns = reader.readNumber();
  const base = reader.readSigned();
  let offset = 0;
  for (let index = 0; index < columns; index += 1) {
    const samples = reader.readNumber();
    const firstAt = base + reader.readNumber();
    const lastAt = firstAt + reader.readNumber();
    const length = reader.readNumber();
    timeColumns.push({ offset, length, checksum: reader.readUint32(), samples, firstAt, lastAt });
    offset += length;
  }
  const frames: PageFrame[] = [];
  let ref = 0;
  for (let left = reader.readNumber(); left > 0; left -= 1) {
    ref += reader.readNumber();
    const times = timeColumns[reader.readNumber()];
    const length = reader.readNumber();
    const checksum = reader.readUint32();
    if (times === undefined) return undefined;
    const { samples, firstAt, lastAt } = times;
    if (refs === undefined || refs.has(ref)) {
      frames.push({ ref, times, samples, firstAt, lastAt, offset, length, checksum });
    }
    offset += length;
  }
  return frames;
}

/** Reads frames of one page. */
export interface FrameReader {
  /** The samples of a frame; undefined when bytes of it are damaged or missing. Frames may share the array of their times. */
  read(frame: PageFrame): SampleRun | undefined;
  /**
   * The same into arrays, from an index on; returns how many were read, where those from `until` on may be left out, and undefined
   * when bytes are damaged or missing.
   */
  readInto(
    frame: PageFrame,
    target: SampleRun,
    place: { readonly start: number; readonly until: number },
  ): number | undefined;
}

/**
 * A reader of a page whose bytes are handed out column by column. `keepsTimes`: times that were read are taken again for further
 * series that have them (default true).
 */
export function createFrameReader(
  bytesOf: (column: Column) => Uint8Array,
  { keepsTimes = true }: { readonly keepsTimes?: boolean } = {},
): FrameReader {
  const known = new Map<TimeColumn, Float64Array | undefined>();

  function timesOf(column: TimeColumn): Float64Array | undefined {
    if (known.has(column)) return known.get(column);
    const bytes = bytesOf(column);
    const times = isWhole(column, bytes) ? readTimes(bytes) : undefined;
    if (keepsTimes) known.set(column, times);
    return times;
  }

  return {
    readInto(frame, target, { start, until }) {
      const bytes = bytesOf(frame);
      if (!isWhole(frame, bytes)) return undefined;
      const end = start + frame.samples;
      const into = { times: target.times.subarray(start, end), values: target.values.subarray(start, end) };
      const shared = known.get(frame.times);
      if (shared !== undefined) {
        into.times.set(shared);
        readValues(bytes, frame.samples, into.values);
        return shared.length;
      }
      const timeBytes = bytesOf(frame.times);
      if (!isWhole(frame.times, timeBytes)) return undefined;
      const read = readColumns({ times: timeBytes, values: bytes }, into, until);
      // Who shares a column that was left early may want all of it.
      if (keepsTimes && read === frame.samples) known.set(frame.times, into.times);
      return read;
    },

    read(frame) {
      const bytes = bytesOf(frame);
      const times = isWhole(frame, bytes) ? timesOf(frame.times) : undefined;
      return times === undefined ? undefined : { times, values: readValues(bytes, times.length) };
    },
  };
}

/** True when the bytes of a column are those that were written. */
export function isWhole({ length, checksum }: Column, bytes: Uint8Array): boolean {
  return bytes.length === length && crc32(bytes) === checksum;
}
