import { type DigitReader, type DigitWriter, packedFault } from './digit-stream.ts';
import { type SeriesState, TAIL_BINS } from './series-state.ts';
import { BIN_BITS } from './tail-sketch.ts';

/**
 * Writes the sketches of a state: of each its place, and its bins from the first to the last that has counts,
 * by how they differ from what the one before lets expect.
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
    to.put(end - from);
    if (from === end) continue;
    to.put(from - first);
    let before = 0;
    for (let bin = 2 * from; bin < 2 * end; bin += 1) {
      const count = tails[bin] ?? 0;
      to.putSigned(count - before * widening(base + bin - 2 * first));
      before = count;
    }
  }
}

/** How many times as wide as the bin before it a bin is: bins are quarters of an octave, of equal widths. */
const widening = (place: number): number => ((place & 3) === 0 ? 2 : 1);

/** Reads what `packSketches` wrote. */
export function unpackSketches({ bases, screens, tails }: SeriesState, from: DigitReader): void {
  tails.fill(0);
  for (let sketch = 0; sketch < bases.length; sketch += 1) {
    const base = from.take();
    bases[sketch] = base << BIN_BITS;
    screens[sketch] = (base + from.takeSigned()) << BIN_BITS;
    const pairs = from.take();
    if (pairs === 0) continue;
    const place = from.take();
    if (place + pairs > TAIL_BINS / 2) throw packedFault('have a sketch that is too long');
    const first = sketch * TAIL_BINS + 2 * place;
    let count = 0;
    for (let bin = first; bin < first + 2 * pairs; bin += 1) {
      count = count * widening(base + bin - sketch * TAIL_BINS) + from.takeSigned();
      tails[bin] = count;
    }
  }
}
