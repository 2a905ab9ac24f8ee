import type { SampleBlock } from '@heliosiq/model';

/** Bytes of a literal of the snappy block format. */
const literalMax = 65_536;

/** Samples as a request of Prometheus remote write 1.0, in the snappy block format without compression. */
export function remoteWriteRequest(blocks: readonly SampleBlock[]): Uint8Array<ArrayBuffer> {
  const samples = blocks.reduce((sum, { times }) => sum + times.length, 0);
  const bytes = Buffer.allocUnsafe(samples * 20 + blocks.length * 1000);
  let at = 0;
  for (const { series, times, values } of blocks) {
    const labels = { __name__: series.metric, ...series.labels, instance: series.asset };
    const names = Object.entries(labels)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(value))])));
    const head = Buffer.concat(names);
    // Tag, length, tag and 8 bytes of value, tag and 6 bytes of time: a sample of this century has 18 bytes.
    at = writeVarint(bytes, bytes.writeUInt8((1 << 3) | 2, at), head.length + times.length * 18);
    at += head.copy(bytes, at);
    for (let index = 0; index < times.length; index += 1) {
      at = bytes.writeUInt16BE(((2 << 3) | 2) * 256 + 16, at);
      at = bytes.writeUInt8((1 << 3) | 1, at);
      at = bytes.writeDoubleLE(values[index] ?? 0, at);
      at = writeVarint(bytes, bytes.writeUInt8(2 << 3, at), times[index] ?? 0);
    }
  }
  return snappyLiterals(bytes.subarray(0, at));
}

function field(number: number, content: Buffer): Buffer {
  const head = Buffer.alloc(6);
  const end = writeVarint(head, head.writeUInt8((number << 3) | 2, 0), content.length);
  return Buffer.concat([head.subarray(0, end), content]);
}

function writeVarint(bytes: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) | 0x80;
  bytes[at++] = rest;
  return at;
}

function snappyLiterals(content: Buffer): Uint8Array<ArrayBuffer> {
  const packed = Buffer.alloc(10 + content.length + Math.ceil(content.length / literalMax) * 3);
  let end = writeVarint(packed, 0, content.length);
  for (let at = 0; at < content.length; at += literalMax) {
    const piece = content.subarray(at, at + literalMax);
    end = packed.writeUInt8(61 << 2, end);
    end = packed.writeUInt16LE(piece.length - 1, end);
    end += piece.copy(packed, end);
  }
  return new Uint8Array(packed.subarray(0, end));
}
