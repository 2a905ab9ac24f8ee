import { accepted, rejected, type Outcome } from './outcome.ts';

/**
 * Samples of many series as columns of equal length: `refs` are the numbers that the series registry gave the series,
 * `times` whole milliseconds since the epoch, `values` any double, NaN and the infinities included.
 */
export interface SampleColumns {
  readonly refs: Float64Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** First byte of an encoded batch of samples; JSON, the other form of a record of `signals`, begins with `{`. */
const formatByte = 0x01;

/** Samples of one record at most, so that no record outgrows what an event log takes. */
export const columnSamplesMax = 20_000;

/** Bytes of one sample at most: two variable-length numbers of up to eight bytes each, and a double. */
const sampleBytesMax = 8 + 8 + 8;

const two28 = 2 ** 28;

/** True when a record of `signals` is a batch of samples. */
export function isSampleColumns(bytes: Uint8Array): boolean {
  return bytes[0] === formatByte;
}

/**
 * The samples at `order[from]` to `order[to - 1]` as bytes: format, count, then per sample the difference of the ref and of
 * the time to the sample before (zigzag, LEB128), then all values as little-endian doubles. Compression is left to
 * the log, which packs whole segments.
 */
export function encodeSampleColumns(
  columns: SampleColumns,
  order: Int32Array,
  { from, to }: { readonly from: number; readonly to: number },
): Buffer {
  const count = to - from;
  const buffer = Buffer.allocUnsafe(6 + count * sampleBytesMax);
  let at = 0;
  buffer[at++] = formatByte;
  at = writeVarint(buffer, at, count);
  let lastRef = 0;
  let lastTime = 0;
  for (let index = from; index < to; index += 1) {
    const row = order[index] ?? 0;
    const ref = columns.refs[row] ?? 0;
    const time = columns.times[row] ?? 0;
    at = writeVarint(buffer, at, zigzag(ref - lastRef));
    at = writeVarint(buffer, at, zigzag(time - lastTime));
    lastRef = ref;
    lastTime = time;
  }
  for (let index = from; index < to; index += 1) at = buffer.writeDoubleLE(columns.values[order[index] ?? 0] ?? 0, at);
  return buffer.subarray(0, at);
}

/** Reads what `encodeSampleColumns` wrote; the reason says what is wrong with other bytes. */
export function decodeSampleColumns(bytes: Uint8Array): Outcome<SampleColumns> {
  if (bytes[0] !== formatByte) return rejected('the record is not a batch of samples');
  const reader = { bytes, at: 1 };
  const count = readVarint(reader);
  // Every sample takes ten bytes or more: the count cannot make this reserve more than the record explains.
  if (!(count >= 0 && count * 10 <= bytes.length)) return rejected('the batch of samples has an impossible count');
  const refs = new Float64Array(count);
  const times = new Float64Array(count);
  let ref = 0;
  let time = 0;
  for (let index = 0; index < count; index += 1) {
    ref += unzigzag(readVarint(reader));
    time += unzigzag(readVarint(reader));
    refs[index] = ref;
    times[index] = time;
  }
  if (reader.at + count * 8 !== bytes.length || Number.isNaN(ref) || Number.isNaN(time)) {
    return rejected('the batch of samples is cut or damaged');
  }
  const values = new Float64Array(count);
  const view = new DataView(bytes.buffer, bytes.byteOffset + reader.at);
  for (let index = 0; index < count; index += 1) values[index] = view.getFloat64(index * 8, true);
  return accepted({ refs, times, values });
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function unzigzag(value: number): number {
  return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
}

/** Writes a whole number of up to 53 bits. */
function writeVarint(buffer: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest >= two28) {
    buffer[at++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  while (rest > 0x7f) {
    buffer[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  buffer[at++] = rest;
  return at;
}

/** Reads a whole number of up to 53 bits; `NaN` when the bytes end or the number is longer. */
function readVarint(reader: { readonly bytes: Uint8Array; at: number }): number {
  let value = 0;
  let scale = 1;
  for (let length = 0; length < 8; length += 1) {
    const byte = reader.bytes[reader.at++];
    if (byte === undefined) return Number.NaN;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 128;
  }
  return Number.NaN;
}
