/** Memory of pieces of one size, which are used again. */
export interface PieceStock {
  readonly pieceBytes: number;
  take(): Buffer;
  /** For pieces that nobody reads or writes any more; what is beyond the bound is left to the garbage collector. */
  giveBack(pieces: readonly Buffer[]): void;
}

export interface PieceStockOptions {
  readonly pieceBytes: number;
  /** Pieces that wait for their next use at most. */
  readonly spareMax: number;
}

/** A stock that is empty at first. */
export function createPieceStock({ pieceBytes, spareMax }: PieceStockOptions): PieceStock {
  const spare: Buffer[] = [];
  return {
    pieceBytes,
    // Not a part of Node's common pool, which every part of it would keep in memory.
    take: () => spare.pop() ?? Buffer.allocUnsafeSlow(pieceBytes),
    giveBack: (pieces) => void spare.push(...pieces.slice(0, spareMax - spare.length)),
  };
}
