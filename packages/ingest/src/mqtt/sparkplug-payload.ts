import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** A metric as a Sparkplug B payload holds it; numbers are decoded by their data type. */
export interface SparkplugMetric {
  readonly name: string | undefined;
  readonly alias: bigint | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number | undefined;
  readonly datatype: number | undefined;
  readonly isNull: boolean;
  readonly isHistorical: boolean;
  /** The number as on the wire: its sign is decided by the data type. */
  readonly raw: RawValue | undefined;
}

/** One of the value fields that can be a number; texts, bytes, data sets and templates are `other`. */
export type RawValue =
  | { readonly kind: 'int' | 'float' | 'boolean'; readonly value: number }
  | { readonly kind: 'long'; readonly value: bigint }
  | { readonly kind: 'other' };

/** A payload of org.eclipse.tahu.protobuf (Sparkplug 3.0, section 6.4). */
export interface SparkplugPayload {
  readonly at: number | undefined;
  readonly seq: number | undefined;
  readonly metrics: readonly SparkplugMetric[];
}

const metricsMax = 10_000;

/** Reads the protobuf of a Sparkplug B message; undefined when the bytes are none. */
export function readSparkplugPayload(bytes: Uint8Array): SparkplugPayload | undefined {
  try {
    return readPayload(new BinaryReader(bytes));
  } catch {
    return undefined; // the reader throws on bytes that are no protobuf
  }
}

function readPayload(reader: BinaryReader): SparkplugPayload | undefined {
  let at: number | undefined;
  let seq: number | undefined;
  const metrics: SparkplugMetric[] = [];
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 1 && type === WireType.Varint) at = Number(reader.uint64());
    else if (field === 2 && type === WireType.LengthDelimited) {
      if (metrics.length >= metricsMax) return undefined;
      metrics.push(readMetric(new BinaryReader(reader.bytes())));
    } else if (field === 3 && type === WireType.Varint) seq = Number(reader.uint64());
    else reader.skip(type, field);
  }
  return { at, seq, metrics };
}

function readMetric(reader: BinaryReader): SparkplugMetric {
  const metric: { -readonly [Field in keyof SparkplugMetric]: SparkplugMetric[Field] } = {
    name: undefined,
    alias: undefined,
    at: undefined,
    datatype: undefined,
    isNull: false,
    isHistorical: false,
    raw: undefined,
  };
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (wireTypes[field] !== type) {
      reader.skip(type, field);
      if (field >= 15 && field <= 19) metric.raw = { kind: 'other' };
      continue;
    }
    if (field === 1) metric.name = reader.string();
    else if (field === 2) metric.alias = BigInt(reader.uint64());
    else if (field === 3) metric.at = Number(reader.uint64());
    else if (field === 4) metric.datatype = reader.uint32();
    else if (field === 5) metric.isHistorical = reader.bool();
    else if (field === 7) metric.isNull = reader.bool();
    else if (field === 10) metric.raw = { kind: 'int', value: reader.uint32() };
    else if (field === 11) metric.raw = { kind: 'long', value: BigInt(reader.uint64()) };
    else if (field === 12) metric.raw = { kind: 'float', value: reader.float() };
    else if (field === 13) metric.raw = { kind: 'float', value: reader.double() };
    else metric.raw = { kind: 'boolean', value: Number(reader.bool()) };
  }
  return metric;
}

/** Wire types of the fields that are read; others are passed over. */
const wireTypes: Readonly<Record<number, WireType>> = {
  1: WireType.LengthDelimited,
  2: WireType.Varint,
  3: WireType.Varint,
  4: WireType.Varint,
  5: WireType.Varint,
  7: WireType.Varint,
  10: WireType.Varint,
  11: WireType.Varint,
  12: WireType.Bit32,
  13: WireType.Bit64,
  14: WireType.Varint,
};

/** Bits of the signed whole types: Int8, Int16, Int32, Int64. */
const signedBits: Readonly<Record<number, number>> = { 1: 8, 2: 16, 3: 32, 4: 64 };

/** Data types that are no measurement though their value is a number: DateTime. */
const datatypeDateTime = 13;

/**
 * The number of a metric; undefined for nulls, texts, times and what has no value. Negative whole numbers stand as two's complement in
 * fields without a sign: an Int8 to Int32 in 32 bits (some senders use 64), an Int64 in 64 bits.
 */
export function numberOfMetric(raw: RawValue | undefined, datatype: number | undefined): number | undefined {
  if (raw === undefined || raw.kind === 'other' || datatype === datatypeDateTime) return undefined;
  const bits = signedBits[datatype ?? 0];
  if (raw.kind === 'float' || raw.kind === 'boolean') return Number.isFinite(raw.value) ? raw.value : undefined;
  if (bits === undefined) return Number(raw.value);
  return Number(BigInt.asIntN(bits, BigInt(raw.value)));
}
