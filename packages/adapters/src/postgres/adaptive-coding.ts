import { HeliosError } from '@heliosiq/model/errors.ts';

/**
 * Binary decisions at the price of their surprise: a range coder (Martin, "Range encoding", 1979, with carries as in LZMA) whose
 * contexts each learn how likely a one is there, quickly at first and then ever more slowly.
 */

/** What contexts have learnt; the writer and the reader each begin with a fresh one. */
interface Contexts {
  /** Of each context, the share of ones of 4,096. */
  readonly ones: Uint16Array;
  readonly seen: Uint8Array;
}

const scaleBits = 12;
const scale = 2 ** scaleBits;
/** The shares that a context may come to believe: none is ever impossible. */
const shareMin = 24;
const seenMax = 24;
/** By how much of the difference a context moves, by how often it was asked. */
const paces = Float64Array.from({ length: seenMax + 1 }, (_, seen) => 1 / (seen + 1.6));
const topMin = 2 ** 24;
const word = 2 ** 32;

function createContexts(count: number): Contexts {
  return { ones: new Uint16Array(count).fill(scale / 2), seen: new Uint8Array(count) };
}

function learn({ ones, seen }: Contexts, context: number, bit: number): void {
  const times = seen[context] ?? 0;
  const share = ones[context] ?? 0;
  const moved = Math.trunc(share + ((bit === 1 ? scale : 0) - share) * (paces[times] ?? 0));
  ones[context] = moved < shareMin ? shareMin : moved > scale - shareMin ? scale - shareMin : moved;
  if (times < seenMax) seen[context] = times + 1;
}

/** Takes decisions, each under a context. */
export interface AdaptiveWriter {
  write(context: number, bit: number): void;
  /** A number of `width` bits, most significant first, under the contexts from `base + 1` to `base + 2 ** width - 1`. */
  writeTree(base: number, width: number, value: number): void;
  /** The bytes of all decisions; nothing may be written afterwards. */
  finish(): Uint8Array;
}

export function createAdaptiveWriter(contextCount: number): AdaptiveWriter {
  const contexts = createContexts(contextCount);
  let bytes = new Uint8Array(256);
  let length = 0;
  let low = 0;
  let range = word - 1;
  /** The last byte that is not settled, and how many bytes of ones follow it: a carry may run through all of them. */
  let cache = 0;
  let waiting = 0;

  function put(byte: number): void {
    if (length === bytes.length) {
      const grown = new Uint8Array(length * 2);
      grown.set(bytes);
      bytes = grown;
    }
    bytes[length++] = byte;
  }

  function shiftLow(): void {
    if (low < 0xff000000 || low >= word) {
      const carry = low >= word ? 1 : 0;
      put(cache + carry);
      for (; waiting > 0; waiting -= 1) put(0xff + carry);
      cache = Math.floor(low / topMin) % 256;
    } else {
      waiting += 1;
    }
    low = (low % topMin) * 256;
  }

  function write(context: number, bit: number): void {
    const bound = Math.floor(range / scale) * (contexts.ones[context] ?? 0);
    if (bit === 1) {
      range = bound;
    } else {
      low += bound;
      range -= bound;
    }
    learn(contexts, context, bit);
    while (range < topMin) {
      range *= 256;
      shiftLow();
    }
  }

  return {
    write,
    writeTree(base, width, value) {
      let node = 1;
      for (let place = width - 1; place >= 0; place -= 1) {
        const bit = (value >>> place) & 1;
        write(base + node, bit);
        node = node * 2 + bit;
      }
    },
    finish() {
      for (let count = 0; count < 5; count += 1) shiftLow();
      // The first byte is always zero, and zeros at the end are what a reader finds beyond it.
      let end = length;
      while (end > 1 && bytes[end - 1] === 0) end -= 1;
      return bytes.slice(1, end);
    },
  };
}

/** Gives back the decisions that an `AdaptiveWriter` took, asked under the same contexts. */
export interface AdaptiveReader {
  read(context: number): number;
  readTree(base: number, width: number): number;
}

export function createAdaptiveReader(bytes: Uint8Array, contextCount: number): AdaptiveReader {
  const contexts = createContexts(contextCount);
  const { ones } = contexts;
  /** Zeros beyond the end belong to what was written; more of them than a writer leaves out mean damage. */
  const endMax = bytes.length + 8;
  let at = 0;
  let code = 0;
  let range = word - 1;

  function next(): number {
    if (at > endMax) throw new HeliosError('internal', 'Adaptive bits end too early: their bytes are damaged');
    const byte = at < bytes.length ? (bytes[at] ?? 0) : 0;
    at += 1;
    return byte;
  }
  for (let count = 0; count < 4; count += 1) code = code * 256 + next();

  function read(context: number): number {
    const bound = Math.floor(range / scale) * (ones[context] ?? 0);
    const bit = code < bound ? 1 : 0;
    if (bit === 1) {
      range = bound;
    } else {
      code -= bound;
      range -= bound;
    }
    learn(contexts, context, bit);
    while (range < topMin) {
      range *= 256;
      code = code * 256 + next();
    }
    return bit;
  }

  return {
    read,
    readTree(base, width) {
      let node = 1;
      for (let place = 0; place < width; place += 1) node = node * 2 + read(base + node);
      return node - 2 ** width;
    },
  };
}
