import { durationMsOf } from '@heliosiq/model/prometheus-duration.ts';
import { goFixed, goGeneral, goPlain } from './go-number.ts';

/** What a part of a template is worth. */
export type TemplateValue = string | number | boolean | Readonly<Record<string, string>>;

type TemplateFunction = (given: readonly TemplateValue[]) => TemplateValue;

const large = ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
const small = ['', 'm', 'u', 'n', 'p', 'f', 'a', 'z', 'y'];
const binary = ['', 'ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi'];

/**
 * The functions of Prometheus' templates that need nothing but what they are given
 * (https://prometheus.io/docs/prometheus/latest/configuration/template_reference/).
 */
export const templateFunctions: Readonly<Record<string, TemplateFunction>> = {
  humanize: ([value]) => humanize(numberOf(value)),
  humanize1024: ([value]) => humanize1024(numberOf(value)),
  humanizeDuration: ([value]) => humanizeDuration(numberOf(value)),
  humanizePercentage: ([value]) => `${goGeneral(numberOf(value) * 100, 4)}%`,
  humanizeTimestamp: ([value]) => humanizeTimestamp(numberOf(value)),
  title: ([text]) => textOf(text).replaceAll(/(^|\s)\p{L}/gu, (letter) => letter.toUpperCase()),
  toUpper: ([text]) => textOf(text).toUpperCase(),
  toLower: ([text]) => textOf(text).toLowerCase(),
  stripPort: ([text]) => textOf(text).replace(/^\[([^\]]*)\]:\d+$|^([^:]*):\d+$/, '$1$2'),
  stripDomain: ([text]) => textOf(text).replace(/^([^.:]+)\.[^:]*?(:\d+)?$/, '$1$2'),
  printf: ([form, ...values]) => printf(textOf(form), values),
  print: (values) => values.map(textOf).join(''),
  parseDuration: ([text]) => durationMsOf(textOf(text)) / 1000,
  toTime: ([value]) => humanizeTimestamp(numberOf(value)),
  eq: ([first, ...others]) => others.some((one) => isEqual(first, one)),
  ne: ([first, second]) => !isEqual(first, second),
  lt: ([first, second]) => numberOf(first) < numberOf(second),
  le: ([first, second]) => numberOf(first) <= numberOf(second),
  gt: ([first, second]) => numberOf(first) > numberOf(second),
  ge: ([first, second]) => numberOf(first) >= numberOf(second),
  and: (values) => values.find((one) => !isTrue(one)) ?? values.at(-1) ?? false,
  or: (values) => values.find(isTrue) ?? values.at(-1) ?? false,
  not: ([value]) => !isTrue(value),
  len: ([value]) => (typeof value === 'string' ? value.length : 0),
  index: ([table, key]) => (typeof table === 'object' ? (table[textOf(key)] ?? '') : ''),
};

/** Functions and words that Prometheus has and that ask for more than an alert knows: what uses them is shown as written. */
export const furtherWords: ReadonlySet<string> = new Set([
  ...['query', 'first', 'label', 'value', 'sortByLabel', 'strvalue', 'args', 'reReplaceAll', 'match', 'externalURL'],
  ...[
    'graphLink',
    'tableLink',
    'tmpl',
    'safeHtml',
    'pathPrefix',
    'now',
    'urlquery',
    'html',
    'js',
    'call',
    'slice',
    'println',
  ],
]);

/** True for what counts as such in a condition of Go's templates: anything but empty, zero and false. */
export function isTrue(value: TemplateValue | undefined): boolean {
  return typeof value === 'object' ? Object.keys(value).length > 0 : Boolean(value);
}

export function textOf(value: TemplateValue | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return goPlain(value);
  if (typeof value !== 'object') return String(value);
  const pairs = Object.keys(value)
    .sort()
    .map((name) => `${name}:${value[name] ?? ''}`);
  return `map[${pairs.join(' ')}]`;
}

function numberOf(value: TemplateValue | undefined): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
}

function isEqual(first: TemplateValue | undefined, second: TemplateValue | undefined): boolean {
  return typeof first === typeof second ? first === second : textOf(first) === textOf(second);
}

function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return goGeneral(value, 4);
  let scaled = value;
  let step = 0;
  if (Math.abs(value) >= 1) {
    while (Math.abs(scaled) >= 1000 && step < large.length - 1) [scaled, step] = [scaled / 1000, step + 1];
    return `${goGeneral(scaled, 4)}${large[step] ?? ''}`;
  }
  while (Math.abs(scaled) < 1 && step < small.length - 1) [scaled, step] = [scaled * 1000, step + 1];
  return `${goGeneral(scaled, 4)}${small[step] ?? ''}`;
}

function humanize1024(value: number): string {
  if (Math.abs(value) <= 1 || !Number.isFinite(value)) return goGeneral(value, 4);
  let scaled = value;
  let step = 0;
  while (Math.abs(scaled) >= 1024 && step < binary.length - 1) [scaled, step] = [scaled / 1024, step + 1];
  return `${goGeneral(scaled, 4)}${binary[step] ?? ''}`;
}

function humanizeDuration(value: number): string {
  if (!Number.isFinite(value)) return goGeneral(value, 4);
  if (value === 0) return '0s';
  if (Math.abs(value) < 1) return `${humanize(value)}s`;
  const sign = value < 0 ? '-' : '';
  const whole = Math.trunc(Math.abs(value));
  const [seconds, minutes] = [whole % 60, Math.trunc(whole / 60) % 60];
  const [hours, days] = [Math.trunc(whole / 3600) % 24, Math.trunc(whole / 86_400)];
  if (days > 0) return `${sign}${days}d ${hours}h ${minutes}m ${seconds}s`;
  if (hours > 0) return `${sign}${hours}h ${minutes}m ${seconds}s`;
  if (minutes > 0) return `${sign}${minutes}m ${seconds}s`;
  return `${goGeneral(value, 4)}s`;
}

function humanizeTimestamp(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? goGeneral(seconds, 4) : date.toISOString();
}

/** Go's `Sprintf` as far as numbers and texts go. */
function printf(form: string, values: readonly TemplateValue[]): string {
  let next = 0;
  return form.replaceAll(
    /%(?:%|([-+0 #]*)(\d*)(?:\.(\d*))?([a-zA-Z]))/g,
    (all, flags?: string, width?: string, precision?: string, verb?: string) => {
      if (verb === undefined) return '%';
      const value = values[next++];
      if (value === undefined) return `%!${verb}(MISSING)`;
      const text = formatted(value, verb, precision === undefined ? undefined : Number(precision || 0)) ?? all;
      const size = Math.min(200, Number(width ?? 0));
      if (flags?.includes('-') === true) return text.padEnd(size);
      return text.padStart(size, flags?.includes('0') === true ? '0' : ' ');
    },
  );
}

function formatted(value: TemplateValue, verb: string, precision: number | undefined): string | undefined {
  switch (verb) {
    case 'f':
    case 'F':
      return goFixed(numberOf(value), precision ?? 6);
    case 'g':
    case 'G':
      return precision === undefined ? goPlain(numberOf(value)) : goGeneral(numberOf(value), Math.max(1, precision));
    case 'e':
      return numberOf(value)
        .toExponential(precision ?? 6)
        .replace(/e([+-])(\d)$/, 'e$10$2');
    case 'd':
      return String(Math.trunc(numberOf(value)));
    case 's':
      return precision === undefined ? textOf(value) : textOf(value).slice(0, precision);
    case 'v':
      return textOf(value);
    case 'q':
      return JSON.stringify(textOf(value));
    default:
      return undefined;
  }
}
