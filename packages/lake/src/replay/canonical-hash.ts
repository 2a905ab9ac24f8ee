import { createHash } from 'node:crypto';
import type { OrderedSamples } from './last-wins.ts';

/** A hash over what a stage holds, in an order and a form of its own, so that equal content has equal hashes. */
export interface CanonicalHash {
  text(text: string): void;
  /** Samples by time: times and bits of values, one form of NaN for all. */
  samples(samples: OrderedSamples): void;
  digest(): string;
}

export function createCanonicalHash(): CanonicalHash {
  const hash = createHash('sha256');
  return {
    text(text) {
      hash.update(`${text.length}:`);
      hash.update(text);
    },
    samples({ times, values }) {
      hash.update(`${times.length}:`);
      hash.update(bytesOf(times));
      hash.update(
        bytesOf(values.some(Number.isNaN) ? values.map((value) => (Number.isNaN(value) ? Number.NaN : value)) : values),
      );
    },
    digest: () => hash.digest('hex'),
  };
}

function bytesOf(numbers: Float64Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
