import type { BronzeStream } from './bronze-names.ts';
import type { Extent } from './manifest.ts';

/** Something wrong with bronze. */
export interface BronzeFinding extends BronzeStream {
  readonly kind:
    | 'manifest-damaged'
    | 'manifest-missing'
    | 'segment-missing'
    | 'segment-damaged'
    | 'records-missing'
    | 'chain-broken';
  /** The blob at fault, or the one before which something is missing. */
  readonly name: string;
  /** What is wrong, in words. */
  readonly detail: string;
  /** Offsets of the records that cannot be read because of it, as far as they are known. */
  readonly offsets?: Extent;
  /** How many samples cannot be read because of it, where a manifest tells. */
  readonly samples?: number;
  /** Moments of those samples, milliseconds since the epoch. */
  readonly times?: Extent;
}
