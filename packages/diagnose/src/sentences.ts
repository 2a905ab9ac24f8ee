import type { SeriesWindow } from './casefile.ts';
import type { SeriesChange } from './change-strength.ts';
import type { FaultKind } from './diagnosis.ts';
import { numberText, valuePair, valueText } from './value-words.ts';

/** Labels that say what each value is of its interval. */
const STATISTIC_LABELS: ReadonlySet<string> = new Set(['statistic', 'stat', 'aggregation', 'quantile', 'percentile']);
/** Deviations from here on are told as "over". */
const DEVIATION_TOLD_MAX = 60;

/** Text from outside, fit for one line that is quoted: no line break, no double quote. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('"', "'").trim();
}

/** An adjective for a statistic: `Average` is `average`, `0.99` is `p99`; a sum needs none. */
function statisticWord(statistic: string): string {
  const word = statistic.toLowerCase();
  if (/^(sum|total|count|samplecount)$/.test(word)) return '';
  if (/^(average|avg|mean)$/.test(word)) return 'average ';
  if (/^(median|p50|0\.50?)$/.test(word)) return 'median ';
  if (/^max(imum)?$/.test(word)) return 'highest ';
  if (/^min(imum)?$/.test(word)) return 'lowest ';
  if (/^0?\.\d+$/.test(word)) return `p${numberText(Number(word) * 100, 4)} `;
  return /^p\d/.test(word) ? `${word} ` : `${oneLine(statistic)} `;
}

/** A metric's name in words, without the unit at its end: `request_duration_seconds` is `request duration`. */
function metricWords(metric: string): string {
  const name = metric.replace(/_(seconds|milliseconds|microseconds|ms|us|ns|bytes|percent|ratio|total)(_total)?$/, '');
  return oneLine(name.replaceAll('_', ' '));
}

/** A series' name: the statistic as an adjective, the metric, and the labels that tell it from its siblings. */
export function seriesText({ metric, statistic, labels }: SeriesWindow): string {
  const entries = Object.entries(labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const told = statistic ?? entries.find(([name]) => STATISTIC_LABELS.has(name))?.[1];
  const rest = entries.filter(([name]) => !STATISTIC_LABELS.has(name)).map(([name, value]) => `${name} ${value}`);
  const where = rest.length === 0 ? '' : ` (${oneLine(rest.join(', '))})`;
  return `${told === undefined ? '' : statisticWord(told)}${metricWords(metric)}${where}`;
}

/** How far that is from normal, e.g. `25 times its usual spread`; whole from ten on, two significant digits below. */
export function spreadText(deviation: number): string {
  const size = Math.abs(deviation);
  if (size >= DEVIATION_TOLD_MAX) return `over ${DEVIATION_TOLD_MAX} times its usual spread`;
  return `${size >= 10 ? Math.round(size) : numberText(size, 2)} times its usual spread`;
}

/** What one series did, after its name: `rose from 48.8 ms to 1.02 s (25 times its usual spread)`. */
function deedText(change: SeriesChange): string {
  if (change.vanished) return 'fell silent';
  if (change.appeared) return `appeared, at ${valueText(change.after, change.series)}; it was never seen before`;
  const [before, after] = valuePair(change.before, change.after, change.series);
  const verb = change.deviation >= 0 ? 'rose' : 'fell';
  return `${verb} from ${before} to ${after} (${spreadText(change.deviation)})`;
}

/** A change with its asset, as a clause that can stand alone. */
export function changeSentence(asset: string, change: SeriesChange): string {
  const name = `${seriesText(change.series)} of ${asset}`;
  const begun = /^p\d/.test(name) ? name : `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return `${begun} ${deedText(change)}.`;
}

/** A change of an asset that was named just before: `its p99 latency rose ...`. */
export function itsChange(change: SeriesChange): string {
  return `its ${seriesText(change.series)} ${deedText(change)}`;
}

/** A list in words: `a`, `a and b`, `a, b and c`. */
export function listText(items: readonly string[]): string {
  if (items.length <= 1) return items[0] ?? '';
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`;
}

/** What an asset with a fault of one kind did, after its name. */
export const faultDeed: Readonly<Record<FaultKind, string>> = {
  latency: 'became slow',
  errors: 'fails more often',
  traffic: 'sees unusual traffic',
  cpu: 'shows unusual processor load',
  memory: 'shows unusual memory use',
  disk: 'shows unusual disk load',
  network: 'shows unusual network traffic',
  dependency: 'began to use a dependency that it did not use before',
  config: 'had its configuration changed',
  deploy: 'was deployed anew',
  data: 'delivers bad data',
  sensor: 'gives an unusual reading',
  unknown: 'behaves unusually',
};
