/** Writes numbers, texts and bytes one behind the other into memory that grows. */
export interface ByteWriter {
  /** A whole number from 0 to 2^53, unsigned LEB128. */
  whole(value: number): void;
  /** A text in UTF-8 behind its length in bytes. */
  text(value: string): void;
  /** Bytes behind their length. */
  bytes(value: Uint8Array): void;
  readonly length: number;
  /** What was written from a place on; it changes with the next write. */
  view(from: number): Buffer;
  /** Begins anew in the same memory. */
  clear(): void;
}

const firstCapacity = 8192;

export function createByteWriter(): ByteWriter {
  let buffer = Buffer.allocUnsafe(firstCapacity);
  let at = 0;

  function ensure(more: number): void {
    if (at + more <= buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(2 * buffer.length, at + more));
    buffer.copy(grown, 0, 0, at);
    buffer = grown;
  }

  function whole(value: number): void {
    ensure(8);
    let rest = value;
    while (rest > 0x7f) {
      buffer[at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    buffer[at++] = rest;
  }

  return {
    whole,
    text(value) {
      const length = Buffer.byteLength(value);
      whole(length);
      ensure(length);
      at += buffer.write(value, at);
    },
    bytes(value) {
      whole(value.length);
      ensure(value.length);
      buffer.set(value, at);
      at += value.length;
    },
    get length() {
      return at;
    },
    view: (from) => buffer.subarray(from, at),
    clear() {
      at = 0;
    },
  };
}
