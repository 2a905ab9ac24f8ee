import { randomBytes } from 'node:crypto';

/** Bytes and a view of the same bytes. */
export interface ByteSource {
  readonly bytes: Buffer;
  readonly view: DataView;
}

/**
 * Numbers byte strings in the order in which they come. Keys are told apart by comparing all their bytes; the hash
 * only says where to look.
 */
export interface ByteTable {
  size: number;
  /** Bytes that keys and bookkeeping take, roughly. */
  bytesHeld: number;
  slots: Int32Array;
  hashes: Int32Array;
  starts: Int32Array;
  lengths: Int32Array;
  slabOf: Int32Array;
  /** By key the one that came after it last; -1 at first. Senders repeat themselves, which makes it a good guess. */
  followers: Int32Array;
  readonly slabs: Slab[];
}

/** Where a key lies in its source, with its hash. */
export interface HashedRange {
  readonly from: number;
  readonly to: number;
  readonly hash: number;
}

interface Slab extends ByteSource {
  used: number;
}

/** Unknown to senders, so that they cannot prepare keys whose hashes collide. */
const seed = randomBytes(4).readInt32LE();

/** A key is at one of so many places behind its first: colliding keys cost a little and push each other out at worst. */
const probesMax = 32;
const slabBytesMax = 2 ** 20;
const bytesOfKey = 28;
/** From here on the native comparison, which costs as much as a loop over two hundred bytes to be called, is quicker than a loop. */
const nativeCompareFrom = 320;

export function createByteTable(): ByteTable {
  const capacity = 64;
  return {
    size: 0,
    bytesHeld: 0,
    slots: new Int32Array(capacity * 2),
    hashes: new Int32Array(capacity),
    starts: new Int32Array(capacity),
    lengths: new Int32Array(capacity),
    slabOf: new Int32Array(capacity),
    followers: new Int32Array(capacity),
    slabs: [],
  };
}

/** A seeded hash of 32 bits. */
export function hashOfBytes({ view }: ByteSource, from: number, to: number): number {
  let hash = seed;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    hash = Math.imul(hash ^ view.getInt32(at, true), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; at < to; at += 1) {
    hash = Math.imul(hash ^ view.getUint8(at), 0x85ebca6b);
    hash ^= hash >>> 13;
  }
  hash = Math.imul(hash ^ (to - from), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** The number of a key, or -1. */
export function findKey(table: ByteTable, source: ByteSource, { from, to, hash }: HashedRange): number {
  const { slots, hashes, lengths } = table;
  const mask = slots.length - 1;
  const length = to - from;
  for (let probe = 0; probe < probesMax; probe += 1) {
    const key = (slots[(hash + probe) & mask] ?? 0) - 1;
    if (key < 0) return -1;
    if (hashes[key] === hash && lengths[key] === length && isKeyAt(table, key, source, from)) return key;
  }
  return -1;
}

/** True when the bytes from `from` on begin with the key; that many bytes must be there. */
export function isKeyAt(table: ByteTable, key: number, { bytes, view }: ByteSource, from: number): boolean {
  const slab = table.slabs[table.slabOf[key] ?? 0];
  if (slab === undefined) return false;
  const start = table.starts[key] ?? 0;
  const length = table.lengths[key] ?? 0;
  if (length >= nativeCompareFrom) {
    return slab.bytes.compare(bytes, from, from + length, start, start + length) === 0;
  }
  const own = slab.view;
  let at = 0;
  // Sixteen bytes a step: one branch for four words.
  for (; at + 16 <= length; at += 16) {
    const mine = start + at;
    const theirs = from + at;
    const difference =
      (own.getInt32(mine, true) ^ view.getInt32(theirs, true)) |
      (own.getInt32(mine + 4, true) ^ view.getInt32(theirs + 4, true)) |
      (own.getInt32(mine + 8, true) ^ view.getInt32(theirs + 8, true)) |
      (own.getInt32(mine + 12, true) ^ view.getInt32(theirs + 12, true));
    if (difference !== 0) return false;
  }
  for (; at + 4 <= length; at += 4) if (own.getInt32(start + at, true) !== view.getInt32(from + at, true)) return false;
  for (; at < length; at += 1) if (own.getUint8(start + at) !== view.getUint8(from + at)) return false;
  return true;
}

/** Adds a key that is not there yet and answers its number. */
export function addKey(table: ByteTable, source: ByteSource, { from, to, hash }: HashedRange): number {
  const key = table.size;
  if (key === table.hashes.length) grow(table);
  const length = to - from;
  const slab = slabFor(table, length);
  source.bytes.copy(slab.bytes, slab.used, from, to);
  table.hashes[key] = hash;
  table.starts[key] = slab.used;
  table.lengths[key] = length;
  table.slabOf[key] = table.slabs.length - 1;
  table.followers[key] = -1;
  slab.used += length;
  table.size = key + 1;
  table.bytesHeld += length + bytesOfKey;
  place(table.slots, key, hash);
  return key;
}

function place(slots: Int32Array, key: number, hash: number): void {
  const mask = slots.length - 1;
  for (let probe = 0; probe < probesMax; probe += 1) {
    const at = (hash + probe) & mask;
    if (slots[at] !== 0) continue;
    slots[at] = key + 1;
    return;
  }
  slots[hash & mask] = key + 1; // the key that was there is found no more and comes anew
}

function slabFor(table: ByteTable, length: number): Slab {
  const last = table.slabs.at(-1);
  if (last !== undefined && last.used + length <= last.bytes.length) return last;
  const size = Math.max(length, Math.min(slabBytesMax, (last?.bytes.length ?? 2048) * 2));
  const memory = new ArrayBuffer(size);
  const slab = { bytes: Buffer.from(memory), view: new DataView(memory), used: 0 };
  table.slabs.push(slab);
  return slab;
}

function grow(table: ByteTable): void {
  const capacity = table.size * 2;
  const grown = (column: Int32Array): Int32Array => {
    const next = new Int32Array(capacity);
    next.set(column);
    return next;
  };
  table.hashes = grown(table.hashes);
  table.starts = grown(table.starts);
  table.lengths = grown(table.lengths);
  table.slabOf = grown(table.slabOf);
  table.followers = grown(table.followers);
  table.slots = new Int32Array(capacity * 2);
  for (let key = 0; key < table.size; key += 1) place(table.slots, key, table.hashes[key] ?? 0);
}
