import { HeliosError } from '@heliosiq/model';
import { joinRuns, type SampleRun } from '../sample-run.ts';
import { createBitReader, finishFrame, readBits, readVarint, unzigzag, type BitReader } from './bit-stream.ts';
import { readScaled } from './decimal-coding.ts';
import { readIrregularTimes, readRegularTimes } from './time-coding.ts';
import { readXor } from './xor-coding.ts';

/**
 * Chunks of one series as databases before the pages of `sample-page.ts` have them: frames one after the other in time, each a byte
 * of form, count, first time, times and values. They are only read, when a database is brought up to date.
 */

const formatVersion = 1;
const form = { regularTimes: 0b01, decimalValues: 0b10 } as const;
/** More samples than any frame has: a larger count means damaged bytes. */
const countMax = 1_000_000;
const exponentMax = 14;

/** The samples of a chunk: all its frames in order. */
export function decodeChunk(bytes: Uint8Array): SampleRun {
  if (bytes.length === 0) return joinRuns([]);
  const reader = createBitReader(bytes);
  const frames: SampleRun[] = [];
  do {
    frames.push(decodeFrame(reader));
  } while (!finishFrame(reader));
  return joinRuns(frames);
}

function decodeFrame(reader: BitReader): SampleRun {
  const head = readBits(reader, 8);
  if (head >>> 4 !== formatVersion) throw new HeliosError('internal', `A sample chunk has the unknown form ${head}`);
  const count = readVarint(reader);
  if (count < 1 || count > countMax) {
    throw new HeliosError('internal', `A sample chunk claims to hold ${count} samples`);
  }
  const firstAt = unzigzag(readVarint(reader));
  const times = new Float64Array(count);
  const values = new Float64Array(count);
  if ((head & form.regularTimes) === 0) readIrregularTimes(reader, times, firstAt);
  else readRegularTimes(reader, times, firstAt);
  if ((head & form.decimalValues) === 0) readXor(reader, values);
  else readDecimals(reader, values);
  return { times, values };
}

function readDecimals(reader: BitReader, values: Float64Array): void {
  const exponent = readBits(reader, 8);
  if (exponent > exponentMax) throw new HeliosError('internal', 'A sample chunk has an unknown power of ten');
  readScaled(reader, values, 10 ** exponent);
}
