import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** The moment at which the door of the tests stands. */
export const momentOfTests = Date.UTC(2026, 5, 1);

/** A native histogram of a body; spans are pairs of offset and length. */
export interface BodyHistogram {
  readonly at: number;
  readonly schema: number;
  readonly sum: number;
  readonly count: number;
  readonly isFloat?: boolean;
  readonly zeroThreshold?: number;
  readonly zeroCount?: number;
  readonly positiveSpans?: readonly (readonly [offset: number, length: number])[];
  readonly positiveDeltas?: readonly number[];
  readonly positiveCounts?: readonly number[];
  readonly negativeSpans?: readonly (readonly [offset: number, length: number])[];
  readonly negativeDeltas?: readonly number[];
  readonly negativeCounts?: readonly number[];
  readonly customValues?: readonly number[];
}

/** A series of a body; labels are sent in the order given. */
export interface BodySeries {
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly samples?: readonly (readonly [at: number, value: number | 'stale'])[];
  readonly histograms?: readonly BodyHistogram[];
  readonly exemplars?: readonly {
    readonly labels: readonly (readonly [name: string, value: string])[];
    readonly value: number;
    readonly at: number;
  }[];
  readonly unit?: string;
}

/** A series of one sample, with sorted labels. */
export function plainSeries(
  metric: string,
  labels: Readonly<Record<string, string>> = {},
  value = 1,
  at = momentOfTests,
): BodySeries {
  const all = Object.entries({ __name__: metric, ...labels }).sort(([a], [b]) =>
    Buffer.compare(Buffer.from(a), Buffer.from(b)),
  );
  return { labels: all, samples: [[at, value]] };
}

/** A `prometheus.WriteRequest`, not compressed. */
export function bodyV1(
  series: readonly BodySeries[],
  metadata: readonly { readonly family: string; readonly unit: string }[] = [],
): Buffer {
  const writer = new BinaryWriter();
  for (const { labels, samples = [], exemplars = [], histograms = [] } of series) {
    writer.tag(1, WireType.LengthDelimited).fork();
    for (const label of labels) writeLabel(writer, label);
    for (const sample of samples) writeSample(writer, sample);
    for (const exemplar of exemplars) {
      writer.tag(3, WireType.LengthDelimited).fork();
      for (const label of exemplar.labels) writeLabel(writer, label);
      writer.tag(2, WireType.Bit64).double(exemplar.value).tag(3, WireType.Varint).int64(exemplar.at).join();
    }
    for (const histogram of histograms) writeHistogram(writer, 4, histogram);
    writer.join();
  }
  for (const { family, unit } of metadata) {
    writer.tag(3, WireType.LengthDelimited).fork().tag(1, WireType.Varint).uint32(1);
    writer.tag(2, WireType.LengthDelimited).string(family).tag(4, WireType.LengthDelimited).string('What it says');
    writer.tag(5, WireType.LengthDelimited).string(unit).join();
  }
  return Buffer.from(writer.finish());
}

/** An `io.prometheus.write.v2.Request`, not compressed. */
export function bodyV2(series: readonly BodySeries[]): Buffer {
  const symbols = new Map([['', 0]]);
  const ref = (text: string): number => {
    const known = symbols.get(text) ?? symbols.size;
    symbols.set(text, known);
    return known;
  };
  const rest = new BinaryWriter();
  for (const { labels, samples = [], exemplars = [], histograms = [], unit = '' } of series) {
    rest.tag(5, WireType.LengthDelimited).fork();
    writeRefs(rest, labels.flat().map(ref));
    for (const sample of samples) writeSample(rest, sample);
    for (const histogram of histograms) writeHistogram(rest, 3, histogram);
    for (const exemplar of exemplars) {
      rest.tag(4, WireType.LengthDelimited).fork();
      writeRefs(rest, exemplar.labels.flat().map(ref));
      rest.tag(2, WireType.Bit64).double(exemplar.value).tag(3, WireType.Varint).int64(exemplar.at).join();
    }
    rest.tag(5, WireType.LengthDelimited).fork().tag(1, WireType.Varint).uint32(2);
    rest.tag(3, WireType.Varint).uint32(ref('What it says')).tag(4, WireType.Varint).uint32(ref(unit)).join().join();
  }
  const writer = new BinaryWriter();
  for (const symbol of symbols.keys()) writer.tag(4, WireType.LengthDelimited).string(symbol);
  return Buffer.concat([writer.finish(), rest.finish()]);
}

function writeLabel(writer: BinaryWriter, [name, value]: readonly [string, string]): void {
  writer.tag(1, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).string(name).tag(2, WireType.LengthDelimited).string(value).join();
}

function writeRefs(writer: BinaryWriter, refs: readonly number[]): void {
  writer.tag(1, WireType.LengthDelimited).fork();
  for (const ref of refs) writer.uint32(ref);
  writer.join();
}

/** As gogoproto does it: a zero is left out. */
function writeSample(writer: BinaryWriter, [at, value]: readonly [number, number | 'stale']): void {
  writer.tag(2, WireType.LengthDelimited).fork();
  // The marker is no number of JavaScript, which would make another NaN of it.
  if (value === 'stale') writer.tag(1, WireType.Bit64).fixed64(0x7ff0000000000002n);
  else if (value !== 0) writer.tag(1, WireType.Bit64).double(value);
  if (at !== 0) writer.tag(2, WireType.Varint).int64(at);
  writer.join();
}

function writeHistogram(writer: BinaryWriter, field: number, histogram: BodyHistogram): void {
  const { isFloat = false } = histogram;
  writer.tag(field, WireType.LengthDelimited).fork();
  if (isFloat) writer.tag(2, WireType.Bit64).double(histogram.count);
  else writer.tag(1, WireType.Varint).uint64(histogram.count);
  writer.tag(3, WireType.Bit64).double(histogram.sum).tag(4, WireType.Varint).sint32(histogram.schema);
  writer.tag(5, WireType.Bit64).double(histogram.zeroThreshold ?? 0);
  if (isFloat) writer.tag(7, WireType.Bit64).double(histogram.zeroCount ?? 0);
  else writer.tag(6, WireType.Varint).uint64(histogram.zeroCount ?? 0);
  writeSpans(writer, 8, histogram.negativeSpans);
  writePacked(writer, 9, histogram.negativeDeltas, (number) => writer.sint64(number));
  writePacked(writer, 10, histogram.negativeCounts, (number) => writer.double(number));
  writeSpans(writer, 11, histogram.positiveSpans);
  writePacked(writer, 12, histogram.positiveDeltas, (number) => writer.sint64(number));
  writePacked(writer, 13, histogram.positiveCounts, (number) => writer.double(number));
  writer.tag(14, WireType.Varint).uint32(2).tag(15, WireType.Varint).int64(histogram.at);
  writePacked(writer, 16, histogram.customValues, (number) => writer.double(number));
  writer.join();
}

function writeSpans(writer: BinaryWriter, field: number, spans: BodyHistogram['positiveSpans'] = []): void {
  for (const [offset, length] of spans) {
    writer.tag(field, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.Varint).sint32(offset).tag(2, WireType.Varint).uint32(length).join();
  }
}

function writePacked(
  writer: BinaryWriter,
  field: number,
  numbers: readonly number[] = [],
  write: (number: number) => unknown,
): void {
  if (numbers.length === 0) return;
  writer.tag(field, WireType.LengthDelimited).fork();
  for (const number of numbers) write(number);
  writer.join();
}
