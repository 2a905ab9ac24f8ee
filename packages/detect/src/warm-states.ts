/** Places of one size for states that are at work; memory is taken and given back in pieces of many places. */
export interface WarmStates {
  /** A free place with anything in it; undefined when all are taken. */
  take(): Uint8Array | undefined;
  /** Frees a place that was taken. */
  giveBack(place: Uint8Array): void;
}

const placesPerPiece = 64;

/** At most `placesMax` places of `placeBytes` bytes each, as many pieces as are in use. */
export function createWarmStates(placeBytes: number, placesMax: number): WarmStates {
  /** Free places of each piece that has any taken. */
  const pieces = new Map<ArrayBufferLike, Uint8Array[]>();
  /** Pieces that have both free places and taken ones. */
  const roomy = new Set<Uint8Array[]>();
  let taken = 0;

  function newPiece(): Uint8Array[] {
    const buffer = new ArrayBuffer(placeBytes * placesPerPiece);
    const free = Array.from(
      { length: placesPerPiece },
      (_, index) => new Uint8Array(buffer, index * placeBytes, placeBytes),
    );
    pieces.set(buffer, free);
    roomy.add(free);
    return free;
  }

  return {
    take() {
      if (taken >= placesMax) return undefined;
      const [free = newPiece()] = roomy;
      const place = free.pop();
      if (free.length === 0) roomy.delete(free);
      if (place !== undefined) taken += 1;
      return place;
    },
    giveBack(place) {
      const free = pieces.get(place.buffer);
      if (free === undefined) throw new RangeError('the place was not taken here');
      free.push(place);
      taken -= 1;
      roomy.add(free);
      if (free.length < placesPerPiece) return;
      pieces.delete(place.buffer);
      roomy.delete(free);
    },
  };
}
