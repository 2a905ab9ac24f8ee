import { HeliosError } from '@heliosiq/model';

/** Bytes of which most are zero, as a bit for each word of four and the words that are not zero. */
export interface SparseBytes {
  /** The largest length of packed bytes. */
  readonly packedLengthMax: number;
  /** Packs what is in `bytes` to the beginning of `packed`; returns the length. */
  pack(packed: Uint8Array): number;
  /** Unpacks into `bytes`. Throws `HeliosError('internal')` for what is not packed bytes of this length. */
  unpack(packed: Uint8Array): void;
  /** What is packed and unpacked. */
  readonly bytes: Uint8Array;
}

/** A place to pack and unpack bytes of one length, which is a multiple of four. */
export function createSparseBytes(length: number): SparseBytes {
  if (length % 4 !== 0) throw new RangeError(`a length of ${length} is no multiple of four`);
  const bytes = new Uint8Array(length);
  const words = new Uint32Array(bytes.buffer);
  const bitmapLength = Math.ceil(words.length / 8);

  return {
    bytes,
    packedLengthMax: bitmapLength + length,
    pack(packed) {
      packed.fill(0, 0, bitmapLength);
      let end = bitmapLength;
      for (let place = 0; place < words.length; place += 1) {
        const word = words[place] ?? 0;
        if (word === 0) continue;
        const bit = place >>> 3;
        packed[bit] = (packed[bit] ?? 0) | (1 << (place & 7));
        packed[end] = word;
        packed[end + 1] = word >>> 8;
        packed[end + 2] = word >>> 16;
        packed[end + 3] = word >>> 24;
        end += 4;
      }
      return end;
    },
    unpack(packed) {
      let at = bitmapLength;
      for (let place = 0; place < words.length; place += 1) {
        if (((packed[place >>> 3] ?? 0) & (1 << (place & 7))) === 0) {
          words[place] = 0;
          continue;
        }
        words[place] =
          (packed[at] ?? 0) |
          ((packed[at + 1] ?? 0) << 8) |
          ((packed[at + 2] ?? 0) << 16) |
          ((packed[at + 3] ?? 0) << 24);
        at += 4;
      }
      if (at !== packed.length)
        throw new HeliosError('internal', `packed bytes have a length of ${packed.length}, not ${at}`);
    },
  };
}
