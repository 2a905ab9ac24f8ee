/** Input is packed in pieces of this size, so that two bytes hold every distance. */
const pieceBytes = 65_536;
const hashBits = 14;
const shortestCopy = 4;

/**
 * Packs bytes in the snappy block format (https://github.com/google/snappy/blob/main/format_description.txt): greedy
 * matches of four bytes and more that a hash table finds, within pieces of 64 KiB.
 */
export function packSnappy(input: Buffer): Buffer {
  // Literals that never find a match cost three bytes in 64 KiB; a copy is never longer than what it stands for.
  const output = Buffer.allocUnsafe(16 + input.length + Math.ceil(input.length / 60) + 8);
  const table = new Int32Array(1 << hashBits);
  let end = writeVarint(output, 0, input.length);
  for (let from = 0; from < input.length; from += pieceBytes) {
    table.fill(-1);
    end = packPiece({ input, output, table }, { from, to: Math.min(from + pieceBytes, input.length) }, end);
  }
  return output.subarray(0, end);
}

interface Packing {
  readonly input: Buffer;
  readonly output: Buffer;
  /** Where a hash was last seen. */
  readonly table: Int32Array;
}

function packPiece({ input, output, table }: Packing, piece: { from: number; to: number }, start: number): number {
  let end = start;
  let literalFrom = piece.from;
  let at = piece.from;
  while (at + shortestCopy <= piece.to) {
    const word = input.readUInt32LE(at);
    const hash = Math.imul(word, 0x1e35a7bd) >>> (32 - hashBits);
    const seen = table[hash] ?? -1;
    table[hash] = at;
    if (seen < 0 || input.readUInt32LE(seen) !== word) {
      at += 1;
      continue;
    }
    let length = shortestCopy;
    while (at + length < piece.to && input[seen + length] === input[at + length]) length += 1;
    end = writeLiteral({ input, output }, { from: literalFrom, to: at }, end);
    end = writeCopies(output, { distance: at - seen, length }, end);
    at += length;
    literalFrom = at;
  }
  return writeLiteral({ input, output }, { from: literalFrom, to: piece.to }, end);
}

function writeLiteral(
  { input, output }: Pick<Packing, 'input' | 'output'>,
  { from, to }: { readonly from: number; readonly to: number },
  start: number,
): number {
  const length = to - from;
  if (length === 0) return start;
  let end = start;
  if (length <= 60) output[end++] = (length - 1) << 2;
  else if (length <= 256) {
    output[end++] = 60 << 2;
    output[end++] = length - 1;
  } else {
    output[end++] = 61 << 2;
    end = output.writeUInt16LE(length - 1, end);
  }
  return end + input.copy(output, end, from, to);
}

function writeCopies(
  output: Buffer,
  { distance, length }: { distance: number; length: number },
  start: number,
): number {
  let end = start;
  for (let rest = length; rest > 0;) {
    const some = Math.min(rest, 64);
    output[end++] = ((some - 1) << 2) | 2;
    end = output.writeUInt16LE(distance, end);
    rest -= some;
  }
  return end;
}

function writeVarint(output: Buffer, start: number, value: number): number {
  let end = start;
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) output[end++] = (rest & 0x7f) | 0x80;
  output[end++] = rest;
  return end;
}
