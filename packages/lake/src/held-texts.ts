import type { PieceStock } from './piece-stock.ts';

/**
 * Texts that wait for a while, as bytes in pieces of memory that are used again: objects that wait are moved to where only a
 * collection of the whole heap finds them. When it is disposed of the pieces go back to their stock.
 */
export interface HeldTexts extends Disposable {
  /** Copies the bytes. */
  add(text: Uint8Array): void;
  /** All of them in their order, good until this is disposed of. */
  all(): Generator<Buffer, void, undefined>;
}

/** Holds no piece while it is empty. Each text lies in one piece; one that is too large for any has a piece of its own. */
export function createHeldTexts(stock: PieceStock): HeldTexts {
  const pieces: Buffer[] = [];
  const lengths: number[] = [];
  /** Bytes of the last piece that are taken. */
  let taken = 0;

  function next(length: number): Buffer {
    const piece = length > stock.pieceBytes ? Buffer.allocUnsafeSlow(length) : stock.take();
    pieces.push(piece);
    taken = 0;
    return piece;
  }

  return {
    add(text) {
      const last = pieces.at(-1);
      const piece = last !== undefined && taken + text.length <= last.length ? last : next(text.length);
      piece.set(text, taken);
      taken += text.length;
      lengths.push(text.length);
    },
    *all() {
      let index = 0;
      let from = 0;
      for (const length of lengths) {
        // What found no room in a piece lies in the next one.
        if (from + length > (pieces[index]?.length ?? 0)) {
          index += 1;
          from = 0;
        }
        const piece = pieces[index];
        if (piece !== undefined) yield piece.subarray(from, from + length);
        from += length;
      }
    },
    [Symbol.dispose]() {
      stock.giveBack(pieces.filter((piece) => piece.length === stock.pieceBytes));
      pieces.length = 0;
      lengths.length = 0;
    },
  };
}
