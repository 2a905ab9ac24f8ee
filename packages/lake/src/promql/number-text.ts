/** A value as the HTTP API of Prometheus writes it: shortest digits, an exponent of two digits at least, `NaN`, `+Inf`, `-Inf`. */
export function sampleText(value: number): string {
  if (!Number.isFinite(value)) return namedText(value);
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  return String(value).replace(/e([+-])(\d)$/, 'e$10$2');
}

/** A value in decimal digits without an exponent, as labels hold it. */
export function plainDecimalOf(value: number): string {
  if (!Number.isFinite(value)) return namedText(value);
  const [, sign = '', whole = '', fraction = '', exponent] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(sampleText(value)) ?? [];
  if (exponent === undefined) return sampleText(value);
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, '0')}`;
}

function namedText(value: number): string {
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}
