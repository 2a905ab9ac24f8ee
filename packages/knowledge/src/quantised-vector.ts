/** Vectors of one byte a dimension, for cosine similarity. */

/**
 * The vector scaled so that its largest part becomes 127, rounded to integers. The scale is not kept: cosine similarity does
 * not know it. On MiniLM's vectors the cosine to the exact vector is above 0.9998.
 */
export function quantise(vector: ArrayLike<number>): Int8Array<ArrayBuffer> {
  let largest = 0;
  for (let at = 0; at < vector.length; at++) largest = Math.max(largest, Math.abs(vector[at] ?? 0));
  const quantised = new Int8Array(vector.length);
  if (!(largest > 0) || !Number.isFinite(largest)) return quantised;
  const scale = 127 / largest;
  for (let at = 0; at < vector.length; at++) quantised[at] = Math.round((vector[at] ?? 0) * scale);
  return quantised;
}

/** Cosine of `a` and the vector that begins at `from` in `matrix`; 0 where one of them is zero. */
export function cosineAt(a: Int8Array, matrix: Int8Array, from: number): number {
  let dot = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let at = 0; at < a.length; at++) {
    const x = a[at] ?? 0;
    const y = matrix[from + at] ?? 0;
    dot += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  return squaresA === 0 || squaresB === 0 ? 0 : dot / Math.sqrt(squaresA * squaresB);
}
