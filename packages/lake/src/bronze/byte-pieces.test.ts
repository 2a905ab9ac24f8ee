import { expect, test } from 'vitest';
import { createPieceStock, type PieceStock } from '../piece-stock.ts';
import { createBytePieces } from './byte-pieces.ts';

const pieceBytes = 16;
const noRoom = Buffer.alloc(0);

/** Bytes that differ from each other and from those of another seed. */
function bytesOf(length: number, seed: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => (index * 7 + seed * 31) % 251));
}

/** A stock that tells how many pieces are in use. */
function counted(stock: PieceStock) {
  let inUse = 0;
  return {
    pieceBytes: stock.pieceBytes,
    take() {
      inUse += 1;
      return stock.take();
    },
    giveBack(pieces: readonly Buffer[]) {
      inUse -= pieces.length;
      stock.giveBack(pieces);
    },
    get inUse() {
      return inUse;
    },
  };
}

test('what was appended is joined as it is, however it falls on the borders of pieces', () => {
  const stock = counted(createPieceStock({ pieceBytes, spareMax: 3 }));
  const gathered = createBytePieces(stock);
  const sizes = [0, 1, 14, 15, 16, 17, 31, 32, 33, 100];
  for (const first of sizes) {
    for (const second of sizes) {
      const parts = [bytesOf(first, 1), bytesOf(second, 2), bytesOf(5, 3)];
      for (const part of parts) gathered.append(part);
      expect(gathered.length).toBe(first + second + 5);
      expect(stock.inUse).toBe(Math.ceil((first + second + 5) / pieceBytes));
      const room = Buffer.alloc(256);
      const joined = gathered.joinInto(room);
      expect(joined.equals(Buffer.concat(parts)), `${first} and ${second} bytes`).toBe(true);
      expect(joined.buffer).toBe(room.buffer);
      expect(gathered.length).toBe(0);
      expect(stock.inUse).toBe(0);
    }
  }
});

test('what does not fit into the room is joined elsewhere', () => {
  const gathered = createBytePieces(createPieceStock({ pieceBytes, spareMax: 3 }));
  const room = Buffer.alloc(30);
  gathered.append(bytesOf(31, 1));
  expect(gathered.joinInto(room).equals(bytesOf(31, 1))).toBe(true);
  expect(room.equals(Buffer.alloc(30))).toBe(true);
});

test('pieces that are used again change nothing that was joined, nor what others gather', () => {
  const stock = createPieceStock({ pieceBytes, spareMax: 8 });
  const [one, other] = [createBytePieces(stock), createBytePieces(stock)];
  const joined: { readonly is: Buffer; readonly was: Buffer }[] = [];
  for (let round = 0; round < 20; round += 1) {
    const parts = { one: bytesOf(40 + round, round), other: bytesOf(50 - round, 100 + round) };
    for (let from = 0; from < 60; from += 7) {
      one.append(parts.one.subarray(from, from + 7));
      other.append(parts.other.subarray(from, from + 7));
    }
    joined.push({ is: one.joinInto(noRoom), was: parts.one }, { is: other.joinInto(noRoom), was: parts.other });
  }
  for (const { is, was } of joined) expect(is.equals(was)).toBe(true);
});

test('a stock hands out what was given back, and keeps no more than it may', () => {
  const stock = createPieceStock({ pieceBytes, spareMax: 2 });
  const used = [stock.take(), stock.take(), stock.take()];
  expect(new Set(used).size).toBe(3);
  stock.giveBack(used);
  stock.giveBack([Buffer.alloc(pieceBytes)]);
  const next = [stock.take(), stock.take(), stock.take()];
  expect(next.filter((piece) => used.includes(piece))).toHaveLength(2);
  expect(new Set(next).size).toBe(3);
  // Each has memory of its own: a part of common memory would keep all of that.
  for (const piece of next) expect(piece.buffer.byteLength).toBe(pieceBytes);
});
