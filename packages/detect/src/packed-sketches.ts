import { type DigitReader, type DigitWriter, packedFault } from './digit-stream.ts';
import { type SeriesState, TAIL_BINS } from './series-state.ts';
import { BIN_BITS } from './tail-sketch.ts';

/** How the bins of a sketch are written: by how they differ from what the one before lets expect, or as they are, where that is shorter. */
const BY_DIFFERENCE = 0;
const AS_THEY_ARE = 1;

/**
 * Writes the sketches of a state: of each its place, and its bins from the first to the last that has counts. Where a quantity
 * takes any size, neighbours are alike; where it takes a few, each stands alone.
 */
export function packSketches({ bases, screens, tails, tailPairs }: SeriesState, to: DigitWriter): void {
  for (let sketch = 0; sketch < bases.length; sketch += 1) {
    const base = (bases[sketch] ?? 0) >> BIN_BITS;
    to.put(base);
    to.putSigned(((screens[sketch] ?? 0) >> BIN_BITS) - base);
    const first = (sketch * TAIL_BINS) / 2;
    let from = first;
    let end = first + TAIL_BINS / 2;
    while (from < end && tailPairs[from] === 0) from += 1;
    while (from < end && tailPairs[end - 1] === 0) end -= 1;
    const bins = tails.subarray(2 * from, 2 * end);
    const place = base + 2 * (from - first);
    const form = formOf(bins, place);
    to.put(2 * (end - from) + form);
    if (from === end) continue;
    to.put(from - first);
    let before = 0;
    for (let bin = 0; bin < bins.length; bin += 1) {
      const count = bins[bin] ?? 0;
      if (form === AS_THEY_ARE) to.put(count);
      else to.putSigned(count - before * widening(place + bin));
      before = count;
    }
  }
}

/** The form that takes fewer digits. */
function formOf(bins: Uint16Array, place: number): number {
  let more = 0;
  let before = 0;
  for (let bin = 0; bin < bins.length; bin += 1) {
    const count = bins[bin] ?? 0;
    const off = count - before * widening(place + bin);
    more += digitsOf((off << 1) ^ (off >> 31)) - digitsOf(count);
    before = count;
  }
  return more > 0 ? AS_THEY_ARE : BY_DIFFERENCE;
}

/** How many digits of three bits a number has. */
const digitsOf = (number: number): number => Math.floor((34 - Math.clz32(number | 1)) / 3);

/** How many times as wide as the bin before it a bin is: bins are quarters of an octave, of equal widths. */
const widening = (place: number): number => ((place & 3) === 0 ? 2 : 1);

/** Reads what `packSketches` wrote. */
export function unpackSketches({ bases, screens, tails }: SeriesState, from: DigitReader): void {
  tails.fill(0);
  for (let sketch = 0; sketch < bases.length; sketch += 1) {
    const base = from.take();
    bases[sketch] = base << BIN_BITS;
    screens[sketch] = (base + from.takeSigned()) << BIN_BITS;
    const head = from.take();
    const pairs = head >>> 1;
    if (pairs === 0) continue;
    const isDifference = (head & 1) === BY_DIFFERENCE;
    const place = from.take();
    if (place + pairs > TAIL_BINS / 2) throw packedFault('have a sketch that is too long');
    const first = sketch * TAIL_BINS + 2 * place;
    let count = 0;
    for (let bin = first; bin < first + 2 * pairs; bin += 1) {
      count = isDifference ? count * widening(base + bin - sketch * TAIL_BINS) + from.takeSigned() : from.take();
      tails[bin] = count;
    }
  }
}
