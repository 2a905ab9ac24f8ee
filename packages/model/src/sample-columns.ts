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

const two28 = 2 ** 28;

/** True when a record of `signals` is a batch of samples. */
export function isSampleColumns(bytes: Uint8Array): boolean {
  return bytes[0] === formatByte;
}

/**
 * The samples at `order[from]` to `order[to - 1]` as bytes: format, count, then per sample the difference of the ref and of
 * the time to the sample before (zigzag, LEB128), then all values as little-endian doubles. Compression is left to
 * the log, which packs whole segments. The bytes keep no memory but their own: a log holds many of them for a while.
 */
export function encodeSampleColumns(
  columns: SampleColumns,
  order: Int32Array,
  { from, to }: { readonly from: number; readonly to: number },
): Buffer {
  const count = to - from;
  // Memory of its own: a piece of a pool would keep the pieces of its neighbours, which have other readers, for as long as itself.
  const buffer = Buffer.allocUnsafeSlow(lengthOf(columns, order, { from, to }));
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
  // A view writes several times as fast as a buffer does.
  const view = new DataView(buffer.buffer, buffer.byteOffset + at);
  for (let index = from; index < to; index += 1) {
    view.setFloat64(8 * (index - from), columns.values[order[index] ?? 0] ?? 0, true);
  }
  return buffer;
}

/** How many bytes `encodeSampleColumns` will write. */
function lengthOf(
  columns: SampleColumns,
  order: Int32Array,
  { from, to }: { readonly from: number; readonly to: number },
): number {
  let length = 1 + varintLength(to - from) + 8 * (to - from);
  let lastRef = 0;
  let lastTime = 0;
  for (let index = from; index < to; index += 1) {
    const row = order[index] ?? 0;
    const ref = columns.refs[row] ?? 0;
    const time = columns.times[row] ?? 0;
    length += varintLength(zigzag(ref - lastRef)) + varintLength(zigzag(time - lastTime));
    lastRef = ref;
    lastTime = time;
  }
  return length;
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

/** Bytes of a whole number of up to 53 bits. */
function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) length += 1;
  return length;
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
