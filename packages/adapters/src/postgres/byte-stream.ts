/** Whole numbers as bytes, seven bits each (LEB128), so that small ones are short. */
export interface ByteWriter {
  /** Leaves bytes for later. */
  skip(count: number): void;
  /** A number from 0 to 2^53. */
  writeNumber(value: number): void;
  /** A number of up to 52 bits and a sign. */
  writeSigned(value: number): void;
  writeUint32(value: number): void;
  /** The bytes so far, as a copy. */
  finish(): Buffer;
}

/** A writer that never gets more than `bytesMax`. */
export function createByteWriter(bytesMax: number): ByteWriter {
  const buffer = Buffer.allocUnsafe(bytesMax);
  let at = 0;

  function writeNumber(value: number): void {
    let rest = value;
    while (rest >= 2 ** 28) {
      buffer[at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      buffer[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    buffer[at++] = rest;
  }

  return {
    skip: (count) => void (at += count),
    writeNumber,
    writeSigned: (value) => writeNumber(value < 0 ? -2 * value - 1 : 2 * value),
    writeUint32: (value) => void (at = buffer.writeUInt32LE(value, at)),
    finish: () => Buffer.from(buffer.subarray(0, at)),
  };
}

/** Reads what a `ByteWriter` wrote; zeros beyond the end. */
export interface ByteReader {
  readNumber(): number;
  readSigned(): number;
  readUint32(): number;
}

/** A reader from a byte on. */
export function createByteReader(bytes: Buffer, start: number): ByteReader {
  let at = start;

  function readByte(): number {
    const byte = at < bytes.length ? (bytes[at] ?? 0) : 0;
    at += 1;
    return byte;
  }

  function readNumber(): number {
    // Most numbers are a byte or two.
    const first = readByte();
    if (first < 0x80) return first;
    const second = readByte();
    let value = (first & 0x7f) | ((second & 0x7f) << 7);
    if (second < 0x80) return value;
    for (let scale = 2 ** 14; ; scale *= 128) {
      const byte = readByte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  return {
    readNumber,
    readSigned() {
      const value = readNumber();
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    },
    readUint32() {
      if (at + 4 > bytes.length) {
        at += 4;
        return 0;
      }
      const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
      const value = low + (bytes[at + 3] ?? 0) * 2 ** 24;
      at += 4;
      return value;
    },
  };
}
