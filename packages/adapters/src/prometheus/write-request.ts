import type { SampleRun } from '../sample-run.ts';
import type { StoredLabels } from './stored-labels.ts';

/** A series of a request: its labels as `labelBytes` wrote them, and its samples. */
export interface WrittenSeries {
  readonly labels: Buffer;
  readonly run: SampleRun;
}

/** Tag, length, and a double with its tag; the time comes on top. */
const sampleHeadBytes = 2 + 9;
/** Tag and ten bytes. */
const timeBytesMax = 11;

/**
 * A `prometheus.WriteRequest` of remote write 1.0 (https://prometheus.io/docs/specs/prw/remote_write_spec/) in protobuf,
 * not yet compressed.
 */
export function writeRequest(series: readonly WrittenSeries[]): Buffer {
  const bytesMax = series.reduce(
    (sum, { labels, run }) => sum + 12 + labels.length + run.times.length * (sampleHeadBytes + timeBytesMax),
    0,
  );
  const output = Buffer.allocUnsafe(bytesMax);
  let end = 0;
  for (const { labels, run } of series) {
    let length = labels.length;
    for (const at of run.times) length += sampleHeadBytes + 1 + varintLength(at);
    output[end++] = (1 << 3) | 2;
    end = writeVarint(output, end, length);
    end += labels.copy(output, end);
    for (const [index, at] of run.times.entries()) {
      output[end++] = (2 << 3) | 2;
      output[end++] = 9 + 1 + varintLength(at);
      output[end++] = (1 << 3) | 1;
      end = output.writeDoubleLE(run.values[index] ?? Number.NaN, end);
      output[end++] = 2 << 3;
      end = writeVarint(output, end, at);
    }
  }
  return output.subarray(0, end);
}

/** The labels of a series as fields 1 of a `prometheus.TimeSeries`, sorted by the bytes of their names. */
export function labelBytes(labels: StoredLabels): Buffer {
  const sorted = Object.entries(labels)
    .map(([name, value]) => ({ name: Buffer.from(name), value: Buffer.from(value) }))
    .sort((a, b) => a.name.compare(b.name));
  return Buffer.concat(
    sorted.map(({ name, value }) => lengthDelimited(1, [lengthDelimited(1, [name]), lengthDelimited(2, [value])])),
  );
}

function lengthDelimited(field: number, contents: readonly Buffer[]): Buffer {
  const length = contents.reduce((sum, one) => sum + one.length, 0);
  const head = Buffer.alloc(1 + varintLength(length));
  head[0] = (field << 3) | 2;
  writeVarint(head, 1, length);
  return Buffer.concat([head, ...contents]);
}

/** Bytes of a whole number; a negative one is written as 64-bit two's complement. */
function varintLength(value: number): number {
  if (value < 0) return 10;
  let length = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) length += 1;
  return length;
}

function writeVarint(output: Buffer, start: number, value: number): number {
  let end = start;
  if (value < 0) {
    for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
      const low = Number(rest & 0x7fn);
      if (rest <= 0x7fn) {
        output[end++] = low;
        return end;
      }
      output[end++] = low | 0x80;
    }
  }
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) output[end++] = (rest % 128) | 0x80;
  output[end++] = rest;
  return end;
}
