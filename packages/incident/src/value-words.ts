/** A seen and an expected value as words in one common unit, e.g. `1.2 s` and `0.1 s`. */
export function valueWords(
  seen: number,
  expected: number,
  unit: string | undefined,
): { readonly seen: string; readonly expected: string } {
  const { factor, suffix } = scaleFor(Math.max(Math.abs(seen), Math.abs(expected)), unit);
  return { seen: `${numberWords(seen * factor)}${suffix}`, expected: `${numberWords(expected * factor)}${suffix}` };
}

/** A number with at most three significant digits and no exponent within a billion. */
export function numberWords(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e9 || size < 1e-4)) return value.toExponential(1);
  if (size >= 100) return String(Math.round(value));
  return String(Number(value.toPrecision(size < 1 ? 2 : 3)));
}

function scaleFor(size: number, unit: string | undefined): { readonly factor: number; readonly suffix: string } {
  if (unit === undefined || unit === '' || unit === '1') return { factor: 1, suffix: '' };
  if (unit === 's') {
    if (size >= 0.5 || size === 0) return { factor: 1, suffix: ' s' };
    return size >= 0.0005 ? { factor: 1e3, suffix: ' ms' } : { factor: 1e6, suffix: ' µs' };
  }
  if (unit === 'ms' && size >= 1000) return { factor: 1e-3, suffix: ' s' };
  if (unit === 'By') {
    const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
    const power = Math.min(names.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(size, 1)) / 10)));
    return { factor: 1024 ** -power, suffix: ` ${names[power] ?? 'B'}` };
  }
  if (unit === 'Cel') return { factor: 1, suffix: ' °C' };
  if (unit === '%') return { factor: 1, suffix: '%' };
  return { factor: 1, suffix: ` ${unit}` };
}
