/**
 * Names as Prometheus gives them to metrics of OpenTelemetry (https://prometheus.io/docs/guides/opentelemetry/, strategy
 * `UnderscoreEscapingWithSuffixes`, and https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/):
 * other characters than letters, digits and colons become underscores, the unit is put behind in words.
 */
const unitWords: ReadonlyMap<string, string> = new Map([
  ['d', 'days'],
  ['h', 'hours'],
  ['min', 'minutes'],
  ['s', 'seconds'],
  ['ms', 'milliseconds'],
  ['us', 'microseconds'],
  ['ns', 'nanoseconds'],
  ['By', 'bytes'],
  ['KiBy', 'kibibytes'],
  ['MiBy', 'mebibytes'],
  ['GiBy', 'gibibytes'],
  ['TiBy', 'tibibytes'],
  ['KBy', 'kilobytes'],
  ['MBy', 'megabytes'],
  ['GBy', 'gigabytes'],
  ['TBy', 'terabytes'],
  ['m', 'meters'],
  ['V', 'volts'],
  ['A', 'amperes'],
  ['J', 'joules'],
  ['W', 'watts'],
  ['g', 'grams'],
  ['Cel', 'celsius'],
  ['Hz', 'hertz'],
  ['1', ''],
  ['%', 'percent'],
]);

const perWords: ReadonlyMap<string, string> = new Map([
  ['s', 'second'],
  ['m', 'minute'],
  ['h', 'hour'],
  ['d', 'day'],
  ['w', 'week'],
  ['mo', 'month'],
  ['y', 'year'],
]);

/** What a metric counts, as far as its name tells. */
export type NameKind = 'counter' | 'gauge' | 'other';

/** The name of a metric, e.g. `http.server.duration` in `ms` is `http_server_duration_milliseconds`. */
export function prometheusMetricName(name: string, unit: string, kind: NameKind): string {
  const words = name.split(/[^a-zA-Z0-9:]+/).filter((word) => word !== '');
  // A name in another script has nothing to translate: it is better than none.
  if (words.length === 0) return name.trim();
  const [main = '', per = ''] = splitUnit(unit);
  const mainWord = unitWords.get(main) ?? cleanUnit(main);
  const perWord = perWords.get(per) ?? cleanUnit(per);
  for (const part of mainWord.split('_')) if (part !== '' && !words.includes(part)) words.push(part);
  if (perWord !== '' && !words.includes(perWord)) words.push('per', perWord);
  if (kind === 'counter') moveLast(words, 'total');
  if (kind === 'gauge' && unit === '1') moveLast(words, 'ratio');
  const text = words.join('_');
  return /^\d/.test(text) ? `_${text}` : text;
}

/** The name of a label; `__` in front is reserved (and `__proto__` is no name for an entry of an object). */
export function prometheusLabelName(name: string): string {
  const text = name.replaceAll(/[^a-zA-Z0-9_]/g, '_');
  if (text === '' || /^_+$/.test(text)) return `key_${Buffer.from(name).toString('hex').slice(0, 64)}`;
  return /^(?:\d|__)/.test(text) ? `key_${text}` : text;
}

/** A bound or quantile as Prometheus writes it into a label. */
export function boundText(bound: number): string {
  return bound === Number.POSITIVE_INFINITY ? '+Inf' : bound === Number.NEGATIVE_INFINITY ? '-Inf' : String(bound);
}

function splitUnit(unit: string): readonly string[] {
  const parts = unit.split('/', 2).map((part) => part.replaceAll(/\{[^}]*\}/g, '').trim());
  return parts;
}

function cleanUnit(unit: string): string {
  return unit
    .split(/[^a-zA-Z0-9]+/)
    .filter((part) => part !== '')
    .join('_');
}

function moveLast(words: string[], word: string): void {
  const others = words.filter((one) => one !== word);
  words.splice(0, words.length, ...others, word);
}
