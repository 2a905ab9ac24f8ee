import { shortNumber } from './numbers.ts';

/** What a value is divided by before it is shown, and the word behind it. */
export interface Scale {
  readonly divisor: number;
  readonly word: string;
}

/** Unit codes (UCUM) whose values grow over many sizes, the largest size first. */
const ladders: Readonly<Record<string, readonly Scale[]>> = {
  s: [
    { divisor: 3600, word: 'h' },
    { divisor: 60, word: 'min' },
    { divisor: 1, word: 's' },
    { divisor: 1e-3, word: 'ms' },
    { divisor: 1e-6, word: 'µs' },
  ],
  By: [
    { divisor: 1e12, word: 'TB' },
    { divisor: 1e9, word: 'GB' },
    { divisor: 1e6, word: 'MB' },
    { divisor: 1e3, word: 'kB' },
    { divisor: 1, word: 'B' },
  ],
};

const words: Readonly<Record<string, string>> = {
  '[degF]': '°F',
  Cel: '°C',
  '1': '',
  'By/s': 'B/s',
};

/** Smallest size at which minutes and hours say more than seconds. */
const longSecondsMin = 180;

/** The scale that fits values up to `sizeMax`; one scale for all ticks of an axis. */
export function scaleOf(unit: string | undefined, sizeMax: number): Scale {
  const ladder = unit === undefined ? undefined : ladders[unit];
  if (ladder === undefined) return { divisor: 1, word: unitWord(unit) };
  const whole = { divisor: 1, word: ladder.find(({ divisor }) => divisor === 1)?.word ?? '' };
  if (sizeMax === 0) return whole;
  const fits = (scale: Scale): boolean =>
    sizeMax >= scale.divisor &&
    (unit !== 's' || scale.divisor <= 1 || sizeMax >= longSecondsMin * (scale.divisor / 60));
  return ladder.find(fits) ?? ladder.at(-1) ?? whole;
}

/** A unit code as people write it: `[degF]` is °F, `{request}` is requests. */
export function unitWord(unit: string | undefined): string {
  if (unit === undefined) return '';
  const counted = /^\{(\w+)\}$/.exec(unit)?.[1];
  return counted === undefined ? (words[unit] ?? unit) : `${counted}s`;
}

/** A value with its unit: `1.06 s`, `45 ms`, `85.7 °F`, `99.6%`. */
export function quantity(value: number, unit: string | undefined, scale = scaleOf(unit, Math.abs(value))): string {
  const number = shortNumber(value / scale.divisor);
  if (scale.word === '') return number;
  return scale.word === '%' ? `${number}%` : `${number} ${scale.word}`;
}

/** A range in one scale: `13.5–59.3 ms`. */
export function quantityRange(lower: number, upper: number, unit: string | undefined): string {
  const scale = scaleOf(unit, Math.max(Math.abs(lower), Math.abs(upper)));
  return `${shortNumber(lower / scale.divisor)}–${quantity(upper, unit, scale)}`;
}
