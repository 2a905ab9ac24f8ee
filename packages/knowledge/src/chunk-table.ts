/** The terms of a text's chunks, remembered by the chunk's characters, so that a known chunk is never cut out of its text. */

import { chunksOf } from './analyser.ts';

/** Reads a text chunk by chunk. */
export interface ChunkTable {
  /** Begins with a text. */
  readonly read: (text: string) => void;
  /** The numbers of the next chunk's terms; `undefined` at the end of the text. */
  readonly next: () => readonly number[] | undefined;
  /** Forgets all chunks: the numbers of terms have changed. */
  readonly clear: () => void;
}

const SLOTS_MIN = 2 ** 10;
const CHUNKS_REMEMBERED_MAX = 50_000;
const REMEMBERED_LENGTH_MAX = 64;
/** As in the analyser's pattern. */
const CHUNK_LENGTH_MAX = 256;
const BEYOND_ASCII = /[^\0-\x7f]/;

/** For each ASCII character: 1 begins a chunk, 2 goes on with one. The analyser's pattern for ASCII as a table. */
const KINDS = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  return /[a-z0-9]/i.test(character) ? 1 : /[_\-./:@'+]/.test(character) ? 2 : 0;
});

/** A table of chunks; `numbersOf` gives the numbers of a chunk that is met for the first time. */
export function createChunkTable(numbersOf: (chunk: string) => readonly number[]): ChunkTable {
  // Open addressing: a slot holds the number of an entry, from 1.
  let slots = new Int32Array(SLOTS_MIN);
  let chunks: string[] = [];
  let hashes: number[] = [];
  let numbers: (readonly number[])[] = [];
  let text = '';
  let at = 0;
  /** The chunks of a text beyond ASCII, as the analyser cuts them. */
  let cut: readonly string[] | undefined;

  function clear(): void {
    slots = new Int32Array(SLOTS_MIN);
    chunks = [];
    hashes = [];
    numbers = [];
  }

  function isAt(chunk: string, start: number): boolean {
    for (let index = 0; index < chunk.length; index++) {
      if (text.charCodeAt(start + index) !== chunk.charCodeAt(index)) return false;
    }
    return true;
  }

  function slotFor(hash: number): number {
    let slot = hash & (slots.length - 1);
    while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
    return slot;
  }

  function keep(chunk: string, hash: number, found: readonly number[]): void {
    if (chunks.length >= CHUNKS_REMEMBERED_MAX) clear();
    if (chunks.length * 2 >= slots.length) {
      slots = new Int32Array(slots.length * 4);
      for (const [entry, known] of hashes.entries()) slots[slotFor(known)] = entry + 1;
    }
    slots[slotFor(hash)] = chunks.length + 1;
    chunks.push(chunk);
    hashes.push(hash);
    numbers.push(found);
  }

  function lookUp(start: number, end: number, hash: number): readonly number[] {
    let slot = hash & (slots.length - 1);
    for (let entry = slots[slot] ?? 0; entry !== 0; entry = slots[slot] ?? 0) {
      const chunk = chunks[entry - 1] ?? '';
      if (hashes[entry - 1] === hash && chunk.length === end - start && isAt(chunk, start))
        return numbers[entry - 1] ?? [];
      slot = (slot + 1) & (slots.length - 1);
    }
    const chunk = text.slice(start, end);
    const found = numbersOf(chunk);
    if (chunk.length <= REMEMBERED_LENGTH_MAX) keep(chunk, hash, found);
    return found;
  }

  return {
    read(next) {
      text = next;
      at = 0;
      cut = BEYOND_ASCII.test(next) ? chunksOf(next) : undefined;
    },
    next() {
      if (cut !== undefined) {
        const chunk = cut[at++];
        return chunk === undefined ? undefined : numbersOf(chunk);
      }
      const { length } = text;
      while (at < length && KINDS[text.charCodeAt(at)] !== 1) at += 1;
      if (at >= length) return undefined;
      const start = at;
      const most = Math.min(length, start + CHUNK_LENGTH_MAX);
      // FNV-1a (Fowler, Noll and Vo), 32 bits.
      let hash = 0x811c9dc5;
      for (let code = text.charCodeAt(at); at < most && (KINDS[code] ?? 0) !== 0; code = text.charCodeAt(++at)) {
        hash = Math.imul(hash ^ code, 0x01000193);
      }
      return lookUp(start, at, hash >>> 0);
    },
    clear,
  };
}
