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
  const wordCount = words.length;
  const bitmapLength = Math.ceil(wordCount / 8);
  // Words that are not zero, where they are aligned: a word is written at once and not as four bytes.
  const dense = new Uint8Array(length);
  const denseWords = new Uint32Array(dense.buffer);

  return {
    bytes,
    packedLengthMax: bitmapLength + length,
    pack(packed) {
      let count = 0;
      for (let byte = 0; byte < bitmapLength; byte += 1) {
        const end = Math.min(wordCount, 8 * byte + 8);
        let bits = 0;
        for (let place = 8 * byte; place < end; place += 1) {
          const word = words[place] ?? 0;
          if (word === 0) continue;
          bits |= 1 << (place & 7);
          denseWords[count++] = word;
        }
        packed[byte] = bits;
      }
      packed.set(dense.subarray(0, 4 * count), bitmapLength);
      return bitmapLength + 4 * count;
    },
    unpack(packed) {
      const denseLength = packed.length - bitmapLength;
      if (denseLength < 0 || denseLength > length) throw lengthFault(packed.length, bitmapLength);
      dense.set(packed.subarray(bitmapLength));
      let count = 0;
      for (let byte = 0; byte < bitmapLength; byte += 1) {
        const bits = packed[byte] ?? 0;
        const end = Math.min(wordCount, 8 * byte + 8);
        for (let place = 8 * byte; place < end; place += 1) {
          words[place] = (bits & (1 << (place & 7))) === 0 ? 0 : (denseWords[count++] ?? 0);
        }
      }
      if (4 * count !== denseLength) throw lengthFault(packed.length, bitmapLength + 4 * count);
    },
  };
}

const lengthFault = (length: number, wanted: number): HeliosError =>
  new HeliosError('internal', `packed bytes have a length of ${length}, not ${wanted}`);
