/** Byte strings one after the other; string n is `substring(bytes from positions[n] for lengths[n])`, counted from 1. */
export interface PackedBytes {
  readonly bytes: Buffer;
  readonly positions: number[];
  readonly lengths: number[];
}

/** Many byte strings as one binary parameter: an array of bytea would travel as hexadecimal text. */
export function packBytes(parts: readonly Uint8Array[]): PackedBytes {
  let position = 1;
  const positions = parts.map((part) => {
    const own = position;
    position += part.length;
    return own;
  });
  return { bytes: Buffer.concat(parts), positions, lengths: parts.map((part) => part.length) };
}
