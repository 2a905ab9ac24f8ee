/** A number as people read it: four significant digits, thousands parted, never in scientific notation. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && size < 0.001) return value.toPrecision(2);
  return value.toLocaleString('en', { maximumSignificantDigits: 4 });
}

const unitWords: Readonly<Record<string, string>> = {
  '[degF]': '°F',
  Cel: '°C',
  By: 'B',
  '1': '',
  '{request}': 'requests',
};

/** A unit code as people write it. */
export function unitWord(unit: string | undefined): string {
  return unit === undefined ? '' : (unitWords[unit] ?? unit);
}

/** A share in [0, 1] as a whole percentage. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
