/** A measured value as people write it, and the number that is written, in the value's own unit. */
export interface MeasureWords {
  /** Number and unit, e.g. `469 ms`, `85.65 °F`, `3.2 GiB`, `99.6%`. */
  readonly text: string;
  /** What the text says, back in the unit that came in: equal to the value but for rounding. */
  readonly value: number;
}

interface Scale {
  readonly size: number;
  readonly word: string;
}

const timeScales: readonly Scale[] = [
  { size: 1, word: 's' },
  { size: 1e-3, word: 'ms' },
  { size: 1e-6, word: 'µs' },
  { size: 1e-9, word: 'ns' },
];
const byteScales = (after: string): readonly Scale[] =>
  ['TiB', 'GiB', 'MiB', 'KiB', 'B'].map((word, index) => ({ size: 1024 ** (4 - index), word: `${word}${after}` }));

const scaledBy = (scales: readonly Scale[], factor: number): readonly Scale[] =>
  scales.map(({ size, word }) => ({ size: size / factor, word }));

/** Units (UCUM, as OpenTelemetry uses it) whose values spread over many sizes; the largest size first. */
const scalesOf: ReadonlyMap<string, readonly Scale[]> = new Map([
  ['s', timeScales],
  ['ms', scaledBy(timeScales, 1e-3)],
  ['us', scaledBy(timeScales, 1e-6)],
  ['ns', scaledBy(timeScales, 1e-9)],
  ['By', byteScales('')],
  ['By/s', byteScales('/s')],
]);

const unitWords: ReadonlyMap<string, string> = new Map([
  ['', ''],
  ['1', ''],
  ['%', '%'],
  ['[degF]', '°F'],
  ['Cel', '°C'],
  ['degC', '°C'],
  ['K', 'K'],
  ['min', 'min'],
  ['h', 'h'],
  ['d', 'days'],
  ['[ppm]', 'ppm'],
]);

/**
 * A unit as people write it: `[degF]` is °F, `{request}` is requests, `{request}/s` is requests/s; empty for a plain
 * number. A unit that is not known stays as it is.
 */
export function unitWord(unit: string | undefined): string {
  const code = unit ?? '';
  const known = unitWords.get(code);
  if (known !== undefined) return known;
  const counted = /^\{([^{}]+)\}(.*)$/.exec(code);
  if (counted === null) return code;
  const [, noun = '', rest = ''] = counted;
  return `${noun}${/s$/.test(noun) ? '' : 's'}${rest}`;
}

/**
 * A value with its unit in words, scaled to a size that reads well (seconds below one become ms, bytes KiB and MiB),
 * with four significant digits, whole from a thousand on.
 *
 * @param sizedBy takes the scale that fits this value instead, so that numbers that stand together share one
 */
export function measureWords(value: number, unit?: string, sizedBy: number = value): MeasureWords {
  const scale = scaleFor(Math.abs(sizedBy), unit);
  const shown = readable(value / scale.size);
  const space = scale.word === '' || scale.word === '%' ? '' : ' ';
  // Twelve digits undo the noise that scaling brings (0.1 ms is 0.0001 s and not 0.00010000000000000002).
  const back = scale.size === 1 ? shown : Number((shown * scale.size).toPrecision(12));
  return { text: `${shown}${space}${scale.word}`, value: back };
}

/** The number of a `measureWords` text without its unit, in a scale shared with another value. */
export function measureNumber(value: number, unit: string | undefined, sizedBy: number): number {
  return readable(value / scaleFor(Math.abs(sizedBy), unit).size);
}

function scaleFor(size: number, unit: string | undefined): Scale {
  const scales = scalesOf.get(unit ?? '');
  if (scales === undefined) return { size: 1, word: unitWord(unit) };
  const own = scales.find((scale) => scale.size === 1) ?? { size: 1, word: unitWord(unit) };
  if (size === 0) return own;
  return scales.find((scale) => size >= scale.size) ?? scales.at(-1) ?? own;
}

/** Four significant digits, whole from a thousand on; never -0. */
const readable = (number: number): number =>
  (Math.abs(number) >= 1000 && Math.abs(number) < 1e15 ? Math.round(number) : Number(number.toPrecision(4))) + 0;
