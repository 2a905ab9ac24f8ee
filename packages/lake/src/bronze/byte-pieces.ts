import type { PieceStock } from '../piece-stock.ts';

/** Bytes that gather one behind the other in pieces of memory: nothing is copied and nothing given up when they become more. */
export interface BytePieces {
  append(bytes: Buffer): void;
  readonly length: number;
  /** Copies all of them into `room`, or into memory of its own where that is too small; gives the pieces back, and begins anew. */
  joinInto(room: Buffer): Buffer;
}

/** Holds no piece while it is empty. */
export function createBytePieces(stock: PieceStock): BytePieces {
  let pieces: Buffer[] = [];
  let length = 0;
  /** Bytes of the last piece that are free. */
  let left = 0;

  function lastPiece(): Buffer {
    const last = pieces.at(-1);
    if (last !== undefined && left > 0) return last;
    const next = stock.take();
    pieces.push(next);
    left = next.length;
    return next;
  }

  return {
    append(bytes) {
      let from = 0;
      while (from < bytes.length) {
        const piece = lastPiece();
        // As much as there is room for.
        const copied = bytes.copy(piece, piece.length - left, from);
        from += copied;
        left -= copied;
      }
      length += bytes.length;
    },
    get length() {
      return length;
    },
    joinInto(room) {
      const joined = room.length < length ? Buffer.allocUnsafeSlow(length) : room.subarray(0, length);
      let at = 0;
      // What the last piece has free finds no room.
      for (const piece of pieces) at += piece.copy(joined, at);
      stock.giveBack(pieces);
      pieces = [];
      length = 0;
      left = 0;
      return joined;
    },
  };
}
