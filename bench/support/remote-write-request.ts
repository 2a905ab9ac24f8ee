import type { SampleBlock } from '@heliosiq/model';

/** Bytes of a literal of the snappy block format. */
const literalMax = 65_536;

/** Labels of a series as they stand in every request; whoever sends a series again and again words it once. */
const heads = new WeakMap<SampleBlock['series'], Buffer>();

/** Samples as a request of Prometheus remote write 1.0, in the snappy block format without compression. */
export function remoteWriteRequest(blocks: readonly SampleBlock[]): Uint8Array<ArrayBuffer> {
  let bytesMax = 0;
  for (const { series, times } of blocks) bytesMax += 12 + headOf(series).length + times.length * 20;
  const bytes = new Uint8Array(bytesMax);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { series, times, values } of blocks) {
    const head = headOf(series);
    // Tag, length, tag and 8 bytes of value, tag and 6 bytes of time: a sample of this century has 18 bytes.
    bytes[at] = (1 << 3) | 2;
    at = writeVarint(bytes, at + 1, head.length + times.length * 18);
    bytes.set(head, at);
    at += head.length;
    for (let index = 0; index < times.length; index += 1) {
      view.setUint16(at, ((2 << 3) | 2) * 256 + 16);
      bytes[at + 2] = (1 << 3) | 1;
      view.setFloat64(at + 3, values[index] ?? 0, true);
      bytes[at + 11] = 2 << 3;
      at = writeVarint(bytes, at + 12, times[index] ?? 0);
    }
  }
  return snappyLiterals(bytes.subarray(0, at));
}

function headOf(series: SampleBlock['series']): Buffer {
  const known = heads.get(series);
  if (known !== undefined) return known;
  const labels = { __name__: series.metric, ...series.labels, instance: series.asset };
  const names = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(value))])));
  const head = Buffer.concat(names);
  heads.set(series, head);
  return head;
}

function field(number: number, content: Buffer): Buffer {
  const head = Buffer.alloc(6);
  const end = writeVarint(head, head.writeUInt8((number << 3) | 2, 0), content.length);
  return Buffer.concat([head.subarray(0, end), content]);
}

function writeVarint(bytes: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) | 0x80;
  bytes[at++] = rest;
  return at;
}

function snappyLiterals(content: Uint8Array): Uint8Array<ArrayBuffer> {
  const packed = Buffer.alloc(10 + content.length + Math.ceil(content.length / literalMax) * 3);
  let end = writeVarint(packed, 0, content.length);
  for (let at = 0; at < content.length; at += literalMax) {
    const piece = content.subarray(at, at + literalMax);
    end = packed.writeUInt8(61 << 2, end);
    end = packed.writeUInt16LE(piece.length - 1, end);
    packed.set(piece, end);
    end += piece.length;
  }
  return packed.subarray(0, end);
}
