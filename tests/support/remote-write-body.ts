/** A series of a remote-write request: labels by name, samples as milliseconds and value or staleness marker. */
export interface WrittenSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly (readonly [at: number, value: number | 'stale'])[];
}

/** The NaN that says that a series has ended; as a number of JavaScript it could become another NaN. */
export const staleMarkerBits = 0x7ff0000000000002n;

/** A body of Prometheus remote write 1.0 (`prometheus.WriteRequest`), in the snappy block format without compression. */
export function remoteWriteBody(series: readonly WrittenSeries[]): Buffer {
  return snappyLiteral(Buffer.concat(series.map((one) => field(1, timeSeries(one)))));
}

function timeSeries({ labels, samples }: WrittenSeries): Buffer {
  const names = Object.keys(labels).sort();
  return Buffer.concat([
    ...names.map((name) =>
      field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(labels[name] ?? ''))])),
    ),
    ...samples.map(([at, value]) => {
      const double = Buffer.alloc(9);
      double[0] = (1 << 3) | 1;
      if (value === 'stale') double.writeBigUInt64LE(staleMarkerBits, 1);
      else double.writeDoubleLE(value, 1);
      return field(2, Buffer.concat([double, Buffer.of(2 << 3), varint(at)]));
    }),
  ]);
}

/** A length-delimited field of a protobuf message. */
function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.of((number << 3) | 2), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** The snappy block format allows a text of literals alone: its length, then pieces with their lengths. */
function snappyLiteral(content: Buffer): Buffer {
  const pieces: Buffer[] = [varint(content.length)];
  for (let at = 0; at < content.length; at += 65_536) {
    const piece = content.subarray(at, at + 65_536);
    const length = Buffer.alloc(3);
    length[0] = 61 << 2;
    length.writeUInt16LE(piece.length - 1, 1);
    pieces.push(length, piece);
  }
  return Buffer.concat(pieces);
}
