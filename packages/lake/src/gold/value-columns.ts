import { HeliosError } from '@heliosiq/model';
import type { ByteReader, ByteWriter } from './byte-stream.ts';

/**
 * Four columns of doubles that lie close to each other, as bytes: every bit of every value survives.
 *
 * Values that are whole numbers by one power of ten (after Afroozeh et al., "ALP", SIGMOD 2023) are written as small
 * differences: minimum by minimum, and what maximum, last value and sum are above it. Others are XORed with their
 * neighbour and written plane by plane, the first bytes of all before their second ones, so that a compressor behind finds the
 * planes that are zero.
 */
export interface ValueColumns {
  readonly counts: readonly number[];
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly last: Float64Array;
  readonly sum: Float64Array;
}

const form = { decimalValues: 0b01, decimalSums: 0b10 } as const;
/** Scaled values stay below this, so that differences are exact. */
const scaledMax = 2 ** 50;
const powersOfTen = Array.from({ length: 11 }, (_, exponent) => 10 ** exponent);

export function writeValueColumns(writer: ByteWriter, columns: ValueColumns): void {
  const { counts, min, max, last, sum } = columns;
  const exponent = decimalExponent([min, max, last]);
  const power = powersOfTen[exponent ?? 0] ?? 1;
  const hasDecimalSums = exponent !== undefined && sumsAreDecimal(columns, power);
  writer.byte((exponent === undefined ? 0 : form.decimalValues) | (hasDecimalSums ? form.decimalSums : 0));
  if (exponent === undefined) {
    writePlanes(writer, min, previousOf(min));
    writePlanes(writer, max, min);
    writePlanes(writer, last, max);
  } else {
    writer.byte(exponent);
    let before = 0;
    for (const value of min) {
      const scaled = Math.round(value * power);
      writer.signed(scaled - before);
      before = scaled;
    }
    for (let index = 0; index < max.length; index += 1) writer.varint(above(max[index], min[index], power));
    for (let index = 0; index < max.length; index += 1) writer.varint(above(max[index], last[index], power));
  }
  if (!hasDecimalSums) return writePlanes(writer, sum, sumNeighbours(columns));
  for (let index = 0; index < sum.length; index += 1) {
    writer.varint(Math.round((sum[index] ?? 0) * power) - (counts[index] ?? 0) * Math.round((min[index] ?? 0) * power));
  }
}

export function readValueColumns(reader: ByteReader, counts: readonly number[]): ValueColumns {
  const head = reader.byte();
  const columns = {
    counts,
    min: new Float64Array(counts.length),
    max: new Float64Array(counts.length),
    last: new Float64Array(counts.length),
    sum: new Float64Array(counts.length),
  };
  const { min, max, last, sum } = columns;
  let power = 1;
  if ((head & form.decimalValues) === 0) {
    readPlanes(reader, min, (index) => index - 1, min);
    readPlanes(reader, max, (index) => index, min);
    readPlanes(reader, last, (index) => index, max);
  } else {
    power = powersOfTen[reader.byte()] ?? damaged('an unknown power of ten');
    let scaled = 0;
    for (let index = 0; index < min.length; index += 1) {
      scaled += reader.signed();
      min[index] = scaled / power;
    }
    for (let index = 0; index < max.length; index += 1) {
      max[index] = (Math.round((min[index] ?? 0) * power) + reader.varint()) / power;
    }
    for (let index = 0; index < last.length; index += 1) {
      last[index] = (Math.round((max[index] ?? 0) * power) - reader.varint()) / power;
    }
  }
  if ((head & form.decimalSums) === 0) {
    // One value is its own sum; other sums resemble the sum before.
    const neighbours = sumNeighbours(columns);
    readPlanes(
      reader,
      sum,
      (index) => index,
      neighbours,
      (index) => {
        if (counts[index + 1] !== undefined && counts[index + 1] !== 1) neighbours[index + 1] = sum[index] ?? 0;
      },
    );
    return columns;
  }
  for (let index = 0; index < sum.length; index += 1) {
    sum[index] = (reader.varint() + (counts[index] ?? 0) * Math.round((min[index] ?? 0) * power)) / power;
  }
  return columns;
}

function above(larger: number | undefined, smaller: number | undefined, power: number): number {
  return Math.round((larger ?? 0) * power) - Math.round((smaller ?? 0) * power);
}

/** The smallest power of ten by which all values are whole numbers; undefined when there is none. */
function decimalExponent(columns: readonly Float64Array[]): number | undefined {
  let exponent = 0;
  for (const column of columns) {
    for (const value of column) {
      while (!isDecimal(value, powersOfTen[exponent] ?? 1)) {
        exponent += 1;
        if (exponent === powersOfTen.length) return undefined;
      }
    }
  }
  const power = powersOfTen[exponent] ?? 1;
  // A value that a smaller power suited need not suit the final one.
  return columns.every((column) => column.every((value) => isDecimal(value, power))) ? exponent : undefined;
}

function isDecimal(value: number, power: number): boolean {
  const scaled = Math.round(value * power);
  // Negative zero equals zero and is none: its sign would be lost.
  return scaled / power === value && Math.abs(scaled) < scaledMax && !Object.is(value, -0);
}

function sumsAreDecimal({ counts, min, sum }: ValueColumns, power: number): boolean {
  return sum.every((value, index) => {
    const least = (counts[index] ?? 0) * Math.round((min[index] ?? 0) * power);
    const scaled = Math.round(value * power);
    return isDecimal(value, power) && Math.abs(least) < scaledMax && scaled >= least;
  });
}

function previousOf(values: Float64Array): Float64Array {
  const previous = new Float64Array(values.length);
  previous.set(values.subarray(0, -1), 1);
  return previous;
}

function sumNeighbours({ counts, min, sum }: ValueColumns): Float64Array {
  const neighbours = previousOf(sum);
  for (const [index, count] of counts.entries()) if (count === 1) neighbours[index] = min[index] ?? 0;
  return neighbours;
}

function writePlanes(writer: ByteWriter, values: Float64Array, neighbours: Float64Array): void {
  const [bytes, others] = [littleEndian(values), littleEndian(neighbours)];
  const planes = new Uint8Array(bytes.length);
  for (let plane = 0, end = 0; plane < 8; plane += 1) {
    for (let at = 7 - plane; at < bytes.length; at += 8) planes[end++] = (bytes[at] ?? 0) ^ (others[at] ?? 0);
  }
  writer.bytes(planes);
}

/** Reads values in order; `neighbours[neighbourOf(index)]` must be known when value `index` is, zero below the first. */
function readPlanes(
  reader: ByteReader,
  values: Float64Array,
  neighbourOf: (index: number) => number,
  neighbours: Float64Array,
  onRead: (index: number) => void = () => undefined,
): void {
  const planes = reader.bytes(values.length * 8);
  const word = new DataView(new ArrayBuffer(8));
  const neighbour = new DataView(new ArrayBuffer(8));
  for (let index = 0; index < values.length; index += 1) {
    neighbour.setFloat64(0, neighbours[neighbourOf(index)] ?? 0);
    for (let plane = 0; plane < 8; plane += 1) {
      word.setUint8(plane, (planes[plane * values.length + index] ?? 0) ^ neighbour.getUint8(plane));
    }
    values[index] = word.getFloat64(0);
    onRead(index);
  }
}

function littleEndian(values: Float64Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 8));
  for (const [index, value] of values.entries()) view.setFloat64(index * 8, value, true);
  return new Uint8Array(view.buffer);
}

function damaged(what: string): never {
  throw new HeliosError('internal', `A rollup page has ${what}`);
}
