import { HeliosError } from '@heliosiq/model/errors.ts';

/** Bits appended to a growing buffer, most significant first. */
export interface BitWriter {
  /** Appends the low `width` (0 to 32) bits of a value. */
  write(value: number, width: number): void;
  /** Appends a whole number below 2^53 in `width` (0 to 53) bits. */
  writeWide(value: number, width: number): void;
  /** Appends a whole number below 2^53 in groups of seven bits (LEB128), so that small ones are short. */
  writeVarint(value: number): void;
  /** Appends whole bytes; the position must be a whole byte, as after `align`. */
  writeBytes(bytes: Uint8Array): void;
  /** Fills up with zeros to whole bytes; returns how many bytes there are. */
  align(): number;
  /** The bytes from `start` to `end` of what was aligned, as a view that the next write may change. */
  view(start: number, end: number): Uint8Array;
  /** The bits so far, filled up with zeros to whole bytes, as a copy. */
  finish(): Uint8Array;
}

const uint32Range = 2 ** 32;

/** An empty bit writer. */
export function createBitWriter(): BitWriter {
  let bytes = new Uint8Array(256);
  // Whole words lie in `bytes` up to `length`; up to 31 further bits wait at the upper end of `pending`.
  let length = 0;
  let pending = 0;
  let waiting = 0;

  function reserve(more: number): void {
    if (length + more <= bytes.length) return;
    const grown = new Uint8Array(Math.max(bytes.length * 2, length + more));
    grown.set(bytes);
    bytes = grown;
  }

  function write(value: number, width: number): void {
    if (width === 0) return;
    const aligned = width === 32 ? value : value << (32 - width);
    pending |= aligned >>> waiting;
    const filled = waiting + width;
    if (filled < 32) {
      waiting = filled;
      return;
    }
    reserve(4);
    bytes[length] = pending >>> 24;
    bytes[length + 1] = pending >>> 16;
    bytes[length + 2] = pending >>> 8;
    bytes[length + 3] = pending;
    length += 4;
    // A shift by 32 would be none.
    pending = waiting === 0 ? 0 : aligned << (32 - waiting);
    waiting = filled - 32;
  }

  function align(): number {
    const count = (waiting + 7) >>> 3;
    reserve(4);
    for (let index = 0; index < count; index += 1) bytes[length + index] = pending >>> (24 - index * 8);
    length += count;
    pending = 0;
    waiting = 0;
    return length;
  }

  return {
    write,
    writeWide(value, width) {
      if (width > 32) write(Math.floor(value / uint32Range), width - 32);
      write(value, Math.min(width, 32));
    },
    writeVarint(value) {
      let rest = value;
      while (rest >= 128) {
        write((rest % 128) + 128, 8);
        rest = Math.floor(rest / 128);
      }
      write(rest, 8);
    },
    writeBytes(more) {
      align();
      reserve(more.length);
      bytes.set(more, length);
      length += more.length;
    },
    align,
    view: (start, end) => bytes.subarray(start, end),
    finish() {
      const end = align();
      return bytes.slice(0, end);
    },
  };
}

/**
 * A place in the bits that a `BitWriter` wrote. It is a plain record, so that a loop over many numbers can keep the position
 * in a variable of its own. Reading past the end throws `internal`, because the bytes are then damaged.
 */
export interface BitReader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Bits in all. */
  readonly end: number;
  /** The next bit. */
  position: number;
}

/** A reader at the first bit. */
export function createBitReader(bytes: Uint8Array): BitReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { bytes, view, end: bytes.length * 8, position: 0 };
}

/** The 32 bits from a position on, zeros beyond the end, as a signed number. */
export function peekBits({ view, bytes, end }: BitReader, position: number): number {
  const index = position >>> 3;
  const shift = position & 7;
  if (position + 40 <= end) {
    return shift === 0
      ? view.getInt32(index)
      : (view.getInt32(index) << shift) | (view.getUint8(index + 4) >>> (8 - shift));
  }
  let word = 0;
  for (let step = 0; step < 5; step += 1) {
    const byte = bytes[index + step] ?? 0;
    const place = 24 - step * 8 + shift;
    word |= place >= 0 ? byte << place : byte >>> -place;
  }
  return word;
}

/** The next `width` (0 to 32) bits. */
export function readBits(reader: BitReader, width: number): number {
  if (width === 0) return 0;
  const word = peekBits(reader, reader.position);
  moveTo(reader, reader.position + width);
  return word >>> (32 - width);
}

/** The next whole number of `width` (0 to 53) bits. */
export function readWide(reader: BitReader, width: number): number {
  return width > 32 ? readBits(reader, width - 32) * uint32Range + readBits(reader, 32) : readBits(reader, width);
}

/** The next whole number in groups of seven bits. */
export function readVarint(reader: BitReader): number {
  let value = 0;
  for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
    const byte = readBits(reader, 8);
    value += (byte & 127) * scale;
    if (byte < 128) return value;
  }
  throw damaged();
}

/** Goes to a position, which is at most the end. */
export function moveTo(reader: BitReader, position: number): void {
  if (position > reader.end) throw damaged();
  reader.position = position;
}

/** Skips to the next whole byte; true when nothing follows. */
export function finishFrame(reader: BitReader): boolean {
  reader.position = (reader.position + 7) & ~7;
  return reader.position >= reader.end;
}

function damaged(): HeliosError {
  return new HeliosError('internal', 'A sample chunk ends too early: its bytes are damaged');
}

/** Signed whole numbers as unsigned ones, small ones first: 0, -1, 1, -2, 2 … */
export function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

/** The inverse of `zigzag`. */
export function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
