import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { HeliosError } from '@heliosiq/model';
import type { RollupResolution } from '@heliosiq/ports';
import { createByteReader, createByteWriter, type ByteReader, type ByteWriter } from './byte-stream.ts';
import type { DayQuality } from './data-quality.ts';
import type { QuantileSketch, SketchBins } from './quantile-sketch.ts';
import { resolutionMs, type RollupBucket } from './rollup.ts';
import { readValueColumns, writeValueColumns } from './value-columns.ts';

/** What a page of a rollup holds: the buckets of one series within a stretch of time, column by column. */
export interface RollupPageContent {
  /** Ascending; all within the page. */
  readonly buckets: readonly RollupBucket[];
  /** Facts about the data by day, in pages of days; ascending. */
  readonly quality: readonly DayQuality[];
}

/** Days in a page: short for minutes, which are many; long where a day brings few bytes. Pages begin at whole multiples since 1970. */
const pageDays = { minute: 1, hour: 7, day: 28 } as const satisfies Record<RollupResolution, number>;

const dayMs = 86_400_000;
const formatVersion = 1;
const form = { plain: 0, zstd: 1 } as const;
const headLength = 5;
const contentBytesMax = 64 * 2 ** 20;
const compression = { params: { [constants.ZSTD_c_compressionLevel]: 3 } };

/** The stretch of the page in which a moment lies. */
export function pageRange(resolution: RollupResolution, at: number): { readonly from: number; readonly to: number } {
  const lengthMs = pageDays[resolution] * dayMs;
  const from = Math.floor(at / lengthMs) * lengthMs;
  return { from, to: from + lengthMs };
}

/** Which page. */
export interface PagePlace {
  readonly resolution: RollupResolution;
  readonly startAt: number;
}

/** A page as bytes: form, checksum (CRC-32) and the columns, compressed where that helps. The same content gives the same bytes. */
export function encodeRollupPage(
  { buckets, quality }: RollupPageContent,
  { resolution, startAt }: PagePlace,
): Uint8Array {
  const writer = createByteWriter();
  const lengthMs = resolutionMs[resolution];
  writer.varint(buckets.length);
  let next = startAt;
  for (const { at } of buckets) {
    writer.varint((at - next) / lengthMs);
    next = at + lengthMs;
  }
  let before = 0;
  for (const { count } of buckets) {
    writer.signed(count - before);
    before = count;
  }
  writeValueColumns(writer, {
    counts: buckets.map(({ count }) => count),
    min: Float64Array.from(buckets, ({ min }) => min),
    max: Float64Array.from(buckets, ({ max }) => max),
    last: Float64Array.from(buckets, ({ last }) => last),
    sum: Float64Array.from(buckets, ({ sum }) => sum),
  });
  for (const { sketch } of buckets) writeSketch(writer, sketch);
  writer.varint(quality.length);
  for (const each of quality) writeQuality(writer, each, startAt);
  return packed(writer.finish());
}

/**
 * Reads what `encodeRollupPage` wrote; rejects damaged bytes with `internal`. With `numbersOnly` buckets come without
 * their sketches and the page without facts, at a fraction of the time.
 */
export function decodeRollupPage(
  bytes: Uint8Array,
  { resolution, startAt }: PagePlace,
  { numbersOnly = false }: { readonly numbersOnly?: boolean | undefined } = {},
): RollupPageContent {
  const reader = createByteReader(unpacked(bytes));
  const lengthMs = resolutionMs[resolution];
  const length = reader.varint();
  if (length > (pageDays[resolution] * dayMs) / lengthMs) {
    throw new HeliosError('internal', `A rollup page claims to hold ${length} buckets`);
  }
  let next = startAt;
  const times = Array.from({ length }, () => {
    const at = next + reader.varint() * lengthMs;
    next = at + lengthMs;
    return at;
  });
  let count = 0;
  const counts = Array.from({ length }, () => (count += reader.signed()));
  const { min, max, last, sum } = readValueColumns(reader, counts);
  const buckets = times.map((at, index): RollupBucket => {
    const sketch = numbersOnly ? undefined : readSketch(reader);
    const numbers = { min: min[index] ?? 0, max: max[index] ?? 0, sum: sum[index] ?? 0, last: last[index] ?? 0 };
    const bucket = { at, count: counts[index] ?? 0, ...numbers };
    return sketch === undefined ? bucket : { ...bucket, sketch };
  });
  const quality = numbersOnly ? [] : Array.from({ length: reader.varint() }, () => readQuality(reader, startAt));
  return { buckets, quality };
}

/** What a page holds; undefined when its bytes are damaged. */
export function readableContent(
  bytes: Uint8Array,
  place: PagePlace,
  options: { readonly numbersOnly?: boolean | undefined } = {},
): RollupPageContent | undefined {
  try {
    return decodeRollupPage(bytes, place, options);
  } catch (error) {
    if (error instanceof HeliosError && error.code === 'internal') return undefined;
    throw error;
  }
}

function packed(content: Buffer): Uint8Array {
  const compressed = zstdCompressSync(content, compression);
  const isSmaller = compressed.length < content.length;
  const body = isSmaller ? compressed : content;
  const bytes = new Uint8Array(headLength + body.length);
  bytes[0] = (formatVersion << 4) | (isSmaller ? form.zstd : form.plain);
  new DataView(bytes.buffer).setUint32(1, crc32(body));
  bytes.set(body, headLength);
  return bytes;
}

function unpacked(bytes: Uint8Array): Uint8Array {
  const head = bytes[0] ?? 0;
  if (head >>> 4 !== formatVersion) throw new HeliosError('internal', `A rollup page has the unknown form ${head}`);
  const body = bytes.subarray(headLength);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < headLength || view.getUint32(1) !== crc32(body)) {
    throw new HeliosError('internal', 'A rollup page is damaged: its checksum does not fit');
  }
  return (head & 0xf) === form.zstd ? zstdDecompressSync(body, { maxOutputLength: contentBytesMax }) : body;
}

/** Zero for none; else the number of zeros and one, and the bins of both signs. */
function writeSketch(writer: ByteWriter, sketch: QuantileSketch | undefined): void {
  if (sketch === undefined) return writer.varint(0);
  writer.varint(sketch.zeros + 1);
  for (const { keys, counts } of [sketch.negative, sketch.positive]) {
    writer.varint(keys.length);
    let before = 0;
    for (const [index, key] of keys.entries()) {
      // Keys ascend: only the first can be below zero.
      if (index === 0) writer.signed(key);
      else writer.varint(key - before - 1);
      before = key;
      writer.varint((counts[index] ?? 1) - 1);
    }
  }
}

function readSketch(reader: ByteReader): QuantileSketch | undefined {
  const marked = reader.varint();
  if (marked === 0) return undefined;
  return { zeros: marked - 1, negative: readBins(reader), positive: readBins(reader) };
}

function readBins(reader: ByteReader): SketchBins {
  const keys: number[] = [];
  const counts: number[] = [];
  const length = reader.varint();
  for (let index = 0; index < length; index += 1) {
    keys.push(index === 0 ? reader.signed() : (keys[index - 1] ?? 0) + reader.varint() + 1);
    counts.push(reader.varint() + 1);
  }
  return { keys, counts };
}

function writeQuality(writer: ByteWriter, quality: DayQuality, startAt: number): void {
  const { dayAt, samples, notFinite, firstAt, lastAt, intervalMs, gaps, longestGapMs, missingMs } = quality;
  writer.varint((dayAt - startAt) / dayMs);
  for (const value of [samples, notFinite, firstAt - dayAt, lastAt - firstAt, intervalMs, gaps]) writer.varint(value);
  writer.varint(longestGapMs);
  writer.varint(missingMs);
}

function readQuality(reader: ByteReader, startAt: number): DayQuality {
  const dayAt = startAt + reader.varint() * dayMs;
  const [samples, notFinite] = [reader.varint(), reader.varint()];
  const firstAt = dayAt + reader.varint();
  const lastAt = firstAt + reader.varint();
  const [intervalMs, gaps, longestGapMs, missingMs] = [
    reader.varint(),
    reader.varint(),
    reader.varint(),
    reader.varint(),
  ];
  return { dayAt, samples, notFinite, firstAt, lastAt, intervalMs, gaps, longestGapMs, missingMs };
}
