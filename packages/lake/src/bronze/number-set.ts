/** Whole numbers from 0 to 2^53, many of them close together. */
export interface NumberSet {
  /** True when the number was not in it. */
  add(value: number): boolean;
}

/** Numbers of one page. */
const pageNumbers = 32_768;

/** A set of bits, by pages: a sample costs a few nanoseconds, a number that is close to others a bit. */
export function createNumberSet(): NumberSet {
  const pages = new Map<number, Uint32Array<ArrayBuffer>>();
  let lastPlace = -1;
  let lastPage = new Uint32Array(0);

  function pageAt(place: number): Uint32Array<ArrayBuffer> {
    const page = pages.get(place) ?? new Uint32Array(pageNumbers / 32);
    pages.set(place, page);
    return page;
  }

  return {
    add(value) {
      const place = Math.floor(value / pageNumbers);
      if (place !== lastPlace) {
        lastPage = pageAt(place);
        lastPlace = place;
      }
      const inPage = value - place * pageNumbers;
      const word = lastPage[inPage >>> 5] ?? 0;
      const bit = 1 << (inPage & 31);
      if ((word & bit) !== 0) return false;
      lastPage[inPage >>> 5] = word | bit;
      return true;
    },
  };
}
