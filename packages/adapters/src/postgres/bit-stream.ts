import { HeliosError } from '@heliosiq/model';

/** Bits appended to a growing buffer, most significant first. */
export interface BitWriter {
  /** Appends the low `width` (0 to 32) bits of a value. */
  write(value: number, width: number): void;
  /** Appends a whole number below 2^53 in `width` (0 to 53) bits. */
  writeWide(value: number, width: number): void;
  /** Appends a whole number below 2^53 in groups of seven bits (LEB128), so that small ones are short. */
  writeVarint(value: number): void;
  /** The bits so far, filled up with zeros to whole bytes. */
  finish(): Uint8Array;
}

const uint32Range = 2 ** 32;

/** An empty bit writer. */
export function createBitWriter(): BitWriter {
  let bytes = new Uint8Array(256);
  let position = 0;

  function write(value: number, width: number): void {
    if ((position + width + 7) >>> 3 > bytes.length) {
      const grown = new Uint8Array(bytes.length * 2);
      grown.set(bytes);
      bytes = grown;
    }
    let left = width;
    while (left > 0) {
      const free = 8 - (position & 7);
      const taken = left < free ? left : free;
      const bits = (value >>> (left - taken)) & ((1 << taken) - 1);
      const index = position >>> 3;
      bytes[index] = (bytes[index] ?? 0) | (bits << (free - taken));
      position += taken;
      left -= taken;
    }
  }

  function writeWide(value: number, width: number): void {
    if (width > 32) write(Math.floor(value / uint32Range), width - 32);
    write(value, Math.min(width, 32));
  }

  return {
    write,
    writeWide,
    writeVarint(value) {
      let rest = value;
      while (rest >= 128) {
        write((rest % 128) + 128, 8);
        rest = Math.floor(rest / 128);
      }
      write(rest, 8);
    },
    finish: () => bytes.slice(0, (position + 7) >>> 3),
  };
}

/** Reads what a `BitWriter` wrote; reading past the end throws `internal`, because the bytes are then damaged. */
export interface BitReader {
  read(width: number): number;
  readWide(width: number): number;
  readVarint(): number;
  /** Counts the one bits before the next zero bit, at most `max`; the zero is taken too when the count is below `max`. */
  readOnes(max: number): number;
  /** Skips to the next whole byte; true when nothing follows. */
  finishFrame(): boolean;
}

/** A reader at the first bit. */
export function createBitReader(bytes: Uint8Array): BitReader {
  const end = bytes.length * 8;
  let position = 0;

  function read(width: number): number {
    if (position + width > end) throw damaged();
    let value = 0;
    let left = width;
    while (left > 0) {
      const free = 8 - (position & 7);
      const taken = left < free ? left : free;
      const bits = ((bytes[position >>> 3] ?? 0) >>> (free - taken)) & ((1 << taken) - 1);
      value = (value << taken) | bits;
      position += taken;
      left -= taken;
    }
    return value >>> 0;
  }

  return {
    read,
    readWide: (width) => (width > 32 ? read(width - 32) * uint32Range + read(32) : read(width)),
    readVarint() {
      let value = 0;
      for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
        const byte = read(8);
        value += (byte & 127) * scale;
        if (byte < 128) return value;
      }
      throw damaged();
    },
    readOnes(max) {
      let ones = 0;
      while (ones < max && read(1) === 1) ones += 1;
      return ones;
    },
    finishFrame() {
      position = (position + 7) & ~7;
      return position >= end;
    },
  };
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
