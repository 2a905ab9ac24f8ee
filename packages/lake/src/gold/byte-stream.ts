import { HeliosError } from '@heliosiq/model';

/** Writes whole numbers as variable-length bytes (LEB128) into a buffer that grows. */
export interface ByteWriter {
  byte(value: number): void;
  /** A whole number from 0 below 2^53. */
  varint(value: number): void;
  /** A whole number between -2^52 and 2^52. */
  signed(value: number): void;
  bytes(bytes: Uint8Array): void;
  /** What was written so far; shares the writer's memory. */
  finish(): Buffer;
}

/** Reads what a `ByteWriter` wrote; rejects with `internal` when the bytes end too early. */
export interface ByteReader {
  byte(): number;
  varint(): number;
  signed(): number;
  bytes(length: number): Uint8Array;
  readonly left: () => number;
}

export function createByteWriter(): ByteWriter {
  let buffer = Buffer.allocUnsafe(1024);
  let at = 0;

  function reserve(length: number): void {
    if (at + length <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(at + length, buffer.length * 2));
    buffer.copy(larger, 0, 0, at);
    buffer = larger;
  }

  function varint(value: number): void {
    reserve(8);
    if (value < 0x80) {
      buffer[at++] = value;
      return;
    }
    let rest = value;
    while (rest > 0x7f) {
      buffer[at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    buffer[at++] = rest;
  }

  return {
    byte(value) {
      reserve(1);
      buffer[at++] = value;
    },
    varint,
    signed: (value) => varint(value < 0 ? -2 * value - 1 : 2 * value),
    bytes(bytes) {
      reserve(bytes.length);
      buffer.set(bytes, at);
      at += bytes.length;
    },
    finish: () => buffer.subarray(0, at),
  };
}

export function createByteReader(bytes: Uint8Array): ByteReader {
  let at = 0;

  function byte(): number {
    const value = bytes[at];
    if (value === undefined) throw new HeliosError('internal', 'A rollup page ends too early');
    at += 1;
    return value;
  }

  function varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const part = byte();
      value += (part & 0x7f) * scale;
      if (part < 0x80) return value;
      scale *= 128;
    }
  }

  return {
    byte,
    varint,
    signed() {
      const value = varint();
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    },
    bytes(length) {
      if (at + length > bytes.length) throw new HeliosError('internal', 'A rollup page ends too early');
      at += length;
      return bytes.subarray(at - length, at);
    },
    left: () => bytes.length - at,
  };
}
