import { HeliosError } from '@heliosiq/model';

const two32 = 2 ** 32;
const nanosecondsPerMillisecond = 1_000_000;
/** 2^32 nanoseconds are so many whole milliseconds, and so many nanoseconds over. */
const two32Ms = Math.floor(two32 / nanosecondsPerMillisecond);
const two32RestNs = two32 % nanosecondsPerMillisecond;

/** Wire types of protobuf (https://protobuf.dev/programming-guides/encoding/). */
const wireVarint = 0;
const wireFixed64 = 1;
const wireLength = 2;
const wireFixed32 = 5;

/** The tag of a field, as `WireReader.tag` answers it. */
export const varintTag = (field: number): number => (field << 3) | wireVarint;
export const fixed64Tag = (field: number): number => (field << 3) | wireFixed64;
export const lengthTag = (field: number): number => (field << 3) | wireLength;
export const fixed32Tag = (field: number): number => (field << 3) | wireFixed32;

/**
 * Reads protobuf forward, without copying and without generated classes. Fields are told apart by number and wire type
 * together, so that a field of another type than expected is skipped as an unknown one.
 * Every method throws `invalid-request` where the bytes end too early or make no sense.
 */
export class WireReader {
  readonly bytes: Buffer;
  /** Where the next read begins, and where the message that is being read ends. */
  at: number;
  end: number;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.at = 0;
    this.end = bytes.length;
  }

  /** The next tag, or 0 at the end of the message. */
  tag(): number {
    if (this.at >= this.end) {
      if (this.at > this.end) throw malformed('a field is longer than its message');
      return 0;
    }
    const tag = this.varint();
    if (tag < 8 || tag > 0xffffffff) throw malformed('a field has no number');
    return tag;
  }

  /** Begins an embedded message; the answer is what `leave` needs at its end. */
  enter(): number {
    const outer = this.end;
    const length = this.varint();
    if (length > outer - this.at) throw malformed('a message is longer than what it is in');
    this.end = this.at + length;
    return outer;
  }

  leave(outer: number): void {
    this.at = this.end;
    this.end = outer;
  }

  /** An unsigned whole number, exact up to 2^53. */
  varint(): number {
    const { bytes, end } = this;
    let value = 0;
    let scale = 1;
    for (let length = 0; length < 10; length += 1) {
      if (this.at >= end) throw malformed('it ends inside a number');
      const byte = bytes[this.at++] ?? 0;
      if (byte < 0x80) return value + byte * scale;
      value += (byte & 0x7f) * scale;
      scale *= 128;
    }
    throw malformed('a number is longer than ten bytes');
  }

  /** A signed `int64`. */
  int64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (this.at >= this.end) throw malformed('it ends inside a number');
      const byte = this.bytes[this.at++] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
    throw malformed('a number is longer than ten bytes');
  }

  /** A zigzag `sint32`. */
  sint32(): number {
    const value = this.varint();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }

  double(): number {
    return this.bytes.readDoubleLE(this.#take(8));
  }

  /** A `fixed64`, as near as a double comes. */
  fixed64(): number {
    const start = this.#take(8);
    return this.bytes.readUInt32LE(start + 4) * two32 + this.bytes.readUInt32LE(start);
  }

  /** A `sfixed64`, as near as a double comes. */
  sfixed64(): number {
    const start = this.#take(8);
    return this.bytes.readInt32LE(start + 4) * two32 + this.bytes.readUInt32LE(start);
  }

  fixed64BigInt(): bigint {
    return this.bytes.readBigUInt64LE(this.#take(8));
  }

  /** A `fixed64` of nanoseconds since the epoch as whole milliseconds, exact; 0 stays 0. */
  milliseconds(): number {
    const start = this.#take(8);
    const high = this.bytes.readUInt32LE(start + 4);
    const low = this.bytes.readUInt32LE(start);
    return high * two32Ms + Math.floor((high * two32RestNs + low) / nanosecondsPerMillisecond);
  }

  /** A string; bytes that are not UTF-8 become U+FFFD. */
  text(): string {
    const length = this.varint();
    const start = this.#take(length);
    return this.bytes.toString('utf8', start, start + length);
  }

  /** Raw bytes, a view of the body. */
  view(): Buffer {
    const length = this.varint();
    const start = this.#take(length);
    return this.bytes.subarray(start, start + length);
  }

  /** Steps over the value of an unknown field. */
  skip(tag: number): void {
    switch (tag & 7) {
      case wireVarint:
        this.varint();
        return;
      case wireFixed64:
        this.#take(8);
        return;
      case wireLength:
        this.#take(this.varint());
        return;
      case wireFixed32:
        this.#take(4);
        return;
      default:
        throw malformed(`a field has the wire type ${tag & 7}`);
    }
  }

  #take(length: number): number {
    const start = this.at;
    if (length > this.end - start) throw malformed('it ends inside a value');
    this.at = start + length;
    return start;
  }
}

function malformed(what: string): HeliosError {
  return new HeliosError('invalid-request', `The body is not a protobuf message: ${what}`, {
    cure: 'Send the export request of OTLP for this path, in the content type that its header names',
  });
}
