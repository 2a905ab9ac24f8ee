/** Below this the tail is taken from a rational approximation, above from its asymptotic series. */
const FAR = 4;

/**
 * -log10 of the chance that a standard normal number lies at least so far from 0, on either side. Up to 4 by Abramowitz and
 * Stegun 26.2.17 (error below 7.5e-8), beyond by the first terms of the asymptotic series 26.2.12, so that it never becomes infinite.
 */
export function normalTailDecades(distance: number): number {
  const far = Math.abs(distance);
  if (far >= FAR) {
    const series = 1 - 1 / far ** 2 + 3 / far ** 4 - 15 / far ** 6 + 105 / far ** 8;
    return (far ** 2 / 2 + Math.log(far * Math.sqrt(Math.PI / 2)) - Math.log(series)) / Math.LN10;
  }
  const t = 1 / (1 + 0.2316419 * far);
  const sum = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp(-(far ** 2) / 2) / Math.sqrt(2 * Math.PI)) * sum;
  return -Math.log10(2 * tail);
}
