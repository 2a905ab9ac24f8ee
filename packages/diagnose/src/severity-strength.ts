/** 0..1 from a severity in robust standard deviations: 0.5 at about 6, 0.9 at about 39. */
export function strength(severity: number): number {
  const power = Math.max(0, severity) ** 1.2;
  return power / (power + 9);
}
