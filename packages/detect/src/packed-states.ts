/**
 * Bytes of many small states in large pieces of memory: an array of its own costs three times what is in it. A place has a length
 * in steps; whose state grows beyond it moves. Pieces without states are given back.
 */
export interface PackedStates {
  /** Keeps a copy of the bytes; returns the place, by which they are found together with their length. */
  keep(bytes: Uint8Array): number;
  /** The bytes that are kept at a place, until something is kept or freed there. */
  at(place: number, length: number): Uint8Array;
  /** Frees the place of so many bytes. */
  free(place: number, length: number): void;
  clear(): void;
}

interface Piece {
  readonly bytes: Uint8Array;
  /** Free places in it, counted from its first. */
  readonly free: number[];
}

/** Places of one size. */
interface Shelf {
  readonly placesPerPiece: number;
  readonly pieces: (Piece | undefined)[];
  /** Numbers of pieces that have both free places and taken ones, and of places for pieces that have none. */
  readonly roomy: Set<number>;
  readonly vacant: number[];
}

const pieceBytes = 16_384;
const stepBytes = 32;

/** What bytes of a length take where they are kept. */
export function keptBytes(length: number): number {
  return Math.max(1, Math.ceil(length / stepBytes)) * stepBytes;
}

export function createPackedStates(): PackedStates {
  /** By size in steps. */
  const shelves: (Shelf | undefined)[] = [];

  function shelfOf(size: number): Shelf {
    const step = size / stepBytes;
    const placesPerPiece = Math.max(1, Math.floor(pieceBytes / size));
    return (shelves[step] ??= { placesPerPiece, pieces: [], roomy: new Set(), vacant: [] });
  }

  function newPiece({ placesPerPiece, pieces, roomy, vacant }: Shelf, size: number): number {
    const number = vacant.pop() ?? pieces.length;
    const free = Array.from({ length: placesPerPiece }, (_, index) => placesPerPiece - 1 - index);
    pieces[number] = { bytes: new Uint8Array(placesPerPiece * size), free };
    roomy.add(number);
    return number;
  }

  function pieceAt({ placesPerPiece, pieces }: Shelf, place: number): Piece {
    const piece = pieces[Math.floor(place / placesPerPiece)];
    if (piece === undefined) throw new RangeError('nothing is kept at the place');
    return piece;
  }

  return {
    keep(bytes) {
      const size = keptBytes(bytes.length);
      const shelf = shelfOf(size);
      const { placesPerPiece, pieces, roomy } = shelf;
      const [number = newPiece(shelf, size)] = roomy;
      const piece = pieces[number];
      const index = piece?.free.pop();
      if (piece === undefined || index === undefined) throw new RangeError('a piece with free places has none');
      if (piece.free.length === 0) roomy.delete(number);
      piece.bytes.set(bytes, index * size);
      return number * placesPerPiece + index;
    },
    at(place, length) {
      const size = keptBytes(length);
      const shelf = shelfOf(size);
      const from = (place % shelf.placesPerPiece) * size;
      return pieceAt(shelf, place).bytes.subarray(from, from + length);
    },
    free(place, length) {
      const shelf = shelfOf(keptBytes(length));
      const { placesPerPiece, pieces, roomy, vacant } = shelf;
      const number = Math.floor(place / placesPerPiece);
      const { free } = pieceAt(shelf, place);
      free.push(place % placesPerPiece);
      if (free.length < placesPerPiece) return void roomy.add(number);
      roomy.delete(number);
      pieces[number] = undefined;
      vacant.push(number);
    },
    clear() {
      shelves.length = 0;
    },
  };
}
