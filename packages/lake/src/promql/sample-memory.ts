/** Memory for the samples of one part of a question, which is used again for a later part. */
export interface SampleMemory {
  /** Room for so many numbers, which hold anything; valid until it is taken back. */
  lend(numbers: number): Float64Array;
  /** What was lent until now stays until `startAgain`. */
  keep(): void;
  /** Takes back what was lent after `keep`. */
  takeBack(): void;
  /** Takes back all that was lent. */
  startAgain(): void;
}

/**
 * Memory of `numbersMax` numbers, made when the first are wanted; what does not fit gets memory of its own. Tens of megabytes that
 * come and go with every question would have all memory looked through for what is garbage several times a question.
 */
export function createSampleMemory(
  numbersMax: number,
  /** Another thread may fill it then. */
  { isShared = false }: { readonly isShared?: boolean } = {},
): SampleMemory {
  let memory: Float64Array | undefined;
  let used = 0;
  let kept = 0;
  return {
    lend(numbers) {
      if (numbers > numbersMax - used) return new Float64Array(numbers);
      memory ??= isShared
        ? new Float64Array(new SharedArrayBuffer(numbersMax * Float64Array.BYTES_PER_ELEMENT))
        : new Float64Array(numbersMax);
      const lent = memory.subarray(used, used + numbers);
      used += numbers;
      return lent;
    },
    keep() {
      kept = used;
    },
    takeBack() {
      used = kept;
    },
    startAgain() {
      used = 0;
      kept = 0;
    },
  };
}
