/** A number as people read it: three significant digits, thousands parted, never in scientific notation. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size < 1e-9) return '0';
  if (size >= 1000) return value.toLocaleString('en', { maximumFractionDigits: 0 });
  return value.toLocaleString('en', { maximumSignificantDigits: size < 1 ? 2 : 3, maximumFractionDigits: 12 });
}

/** A share in [0, 1] as a whole percentage. */
export function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
