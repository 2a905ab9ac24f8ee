const plain = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });
const smallest = 1e-4;
const prefixes = ['', 'k', 'M', 'G', 'T'] as const;

/** A value of unknown unit, short: `1.234`, `12.35k`, `4.5M`, `3.20e-7`. */
export function valueWords(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < smallest || size >= 1e15) return value.toExponential(2).replace('e+', 'e');
  if (size < 10_000) return plain.format(value);
  const power = Math.min(prefixes.length - 1, Math.floor(Math.log10(size) / 3));
  return `${plain.format(value / 1000 ** power)}${prefixes[power]}`;
}
