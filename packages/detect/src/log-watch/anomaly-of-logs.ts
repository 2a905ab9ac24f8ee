import type { Anomaly, AnomalyEvent, AssetId, SeriesRef, TenantId } from '@heliosiq/model';
import { anomalyIdOf, seriesIdOf } from '@heliosiq/model/content-id.ts';
import { durationWords } from '../duration-words.ts';
import { eventKinds } from '../event-of-change.ts';
import type { EpisodeChange } from '../anomaly-episode.ts';
import { explain } from '../explanation.ts';
import type { AssetLog, PatternEpisode } from './asset-log.ts';
import { countOfScaled } from './count-scale.ts';
import type { EpisodeStep } from './new-patterns.ts';

/** Names under which what is found in logs is told apart. */
export const logDetectors = { fresh: 'log-new-pattern', missing: 'log-vanished-pattern', rate: 'log-rate' } as const;

/** Names of what the numbers of such an anomaly are of; new patterns of trouble hurt, whatever else is new may not. */
const metrics = {
  fresh: 'log_new_patterns',
  freshTrouble: 'log_new_error_patterns',
  missing: 'log_vanished_patterns',
  lines: 'log_lines_per_minute',
  trouble: 'log_error_lines_per_minute',
} as const;

/** The label that names the pattern; the page and the API find it by this. */
const patternLabel = 'pattern';

interface Whose {
  readonly tenantId: TenantId;
  readonly asset: AssetId;
  readonly threshold: number;
}

/** What lines a minute are of, as a series: of all lines, those of trouble, or those of one pattern. */
export function countedSeries(
  { tenantId, asset }: Whose,
  of: 'lines' | 'trouble' | { readonly pattern: string },
): SeriesRef {
  const labels: Record<string, string> = typeof of === 'string' ? {} : { [patternLabel]: of.pattern };
  return seriesOf({ tenantId, asset }, of === 'trouble' ? metrics.trouble : metrics.lines, labels);
}

/** The event of a change of new patterns (`fresh`) or vanished ones (`missing`). */
export function eventOfPatterns(
  whose: Whose,
  state: AssetLog,
  {
    step,
    what,
    template,
  }: { readonly step: EpisodeStep; readonly what: 'fresh' | 'missing'; readonly template: string },
): AnomalyEvent {
  const { kind, episode, endedAt } = step;
  const detector = logDetectors[what];
  // The identity is of the asset and the start: an episode that turns out worse, or shows another pattern, stays the same one.
  const identity = seriesOf(whose, metrics[what], {});
  const isTrouble = what === 'fresh' && (episode.worst === 'critical' || episode.worst === 'high');
  const series = seriesOf(whose, isTrouble ? metrics.freshTrouble : metrics[what], { [patternLabel]: episode.lead });
  const numbers = numbersOf(episode);
  const words = { ...numbers, asset: whose.asset, template: shortText(template), state };
  const anomaly: Anomaly = {
    id: anomalyIdOf(identity.id, detector, episode.startedAt),
    tenantId: whose.tenantId,
    revision: episode.revision,
    status: kind === 'closed' ? 'closed' : 'open',
    series,
    detector,
    startedAt: episode.startedAt,
    peakAt: Math.max(episode.startedAt, episode.peakAt),
    lastSeenAt: Math.max(episode.startedAt, episode.lastSeenAt),
    ...(endedAt === undefined ? {} : { endedAt: Math.max(endedAt, episode.startedAt) }),
    score: 1 - 10 ** -episode.surprise,
    threshold: whose.threshold,
    ...(what === 'fresh' ? freshNumbers(numbers) : missingNumbers(numbers)),
    baseline: {
      kind: 'log-patterns',
      from: Math.min(state.firstAt, episode.startedAt),
      to: episode.startedAt,
      samples: state.lines,
    },
    explanation: oneLine(what === 'fresh' ? freshWords(episode, words) : missingWords(episode, words)),
  };
  return { kind: eventKinds[kind], anomaly };
}

/** The event of a change of the lines a minute of a series; `template` is that of its pattern. */
export function eventOfRate(
  { tenantId, threshold }: Whose,
  series: SeriesRef,
  { change, template }: { readonly change: EpisodeChange; readonly template: string | undefined },
): AnomalyEvent {
  const { kind, episode } = change;
  const { value, expected, lower, upper, deviation, sentence } = explain({ ...series, labels: {} }, inLines(episode));
  const read = template === undefined ? '' : ` The lines read: '${shortText(template)}'.`;
  const anomaly: Anomaly = {
    id: anomalyIdOf(series.id, logDetectors.rate, episode.startedAtMs),
    ...{ tenantId, revision: episode.revision, status: episode.endedAtMs === undefined ? 'open' : 'closed' },
    ...{ series, detector: logDetectors.rate },
    ...{ startedAt: episode.startedAtMs, peakAt: episode.peakAtMs, lastSeenAt: episode.lastSeenAtMs },
    ...(episode.endedAtMs === undefined ? {} : { endedAt: episode.endedAtMs }),
    ...{ score: episode.score, threshold, value, expected, lower, upper, deviation, direction: episode.direction },
    baseline: {
      kind: episode.baseline.kind,
      from: episode.baseline.fromMs,
      to: episode.baseline.toMs,
      samples: episode.baseline.samples,
    },
    explanation: oneLine(`${sentence}${read}`),
  };
  return { kind: eventKinds[kind], anomaly };
}

/** The episode in lines a minute: its model saw them on a scale of their own. */
function inLines(episode: EpisodeChange['episode']) {
  const [value, expected] = [Math.round(countOfScaled(episode.value)), countOfScaled(episode.expected)];
  return {
    ...{ value, expected, deviation: episode.deviation, baseline: episode.baseline },
    ...{ lower: countOfScaled(episode.lower), upper: countOfScaled(episode.upper) },
    cause: { feature: 'level', size: value - expected } as const,
  };
}

interface Numbers {
  readonly count: number;
  readonly expected: number;
  readonly deviation: number;
}

/** Rounded once: the sentence quotes these. */
function numbersOf({ count, expected, surprise }: PatternEpisode): Numbers {
  // As many standard deviations as a normal tail of this rarity lies out, about (Mills' ratio left out).
  const deviation = Math.sqrt(2 * Math.LN10 * surprise);
  return { count, expected: Number(expected.toPrecision(2)), deviation: Number(deviation.toFixed(1)) };
}

function freshNumbers({ count, expected, deviation }: Numbers) {
  return {
    value: count,
    expected,
    lower: 0,
    upper: Math.max(0, Math.floor(expected)),
    deviation,
    direction: 'up',
  } as const;
}

/** Of vanished patterns the numbers are lines: none came, so many would have been usual. */
function missingNumbers({ expected, deviation }: Numbers) {
  return {
    value: 0,
    expected,
    lower: 1,
    upper: Math.max(1, 2 * expected),
    deviation: -deviation,
    direction: 'down',
  } as const;
}

interface Words extends Numbers {
  readonly asset: string;
  readonly template: string;
  readonly state: AssetLog;
}

function freshWords(episode: PatternEpisode, { asset, template, state, count, expected, deviation }: Words): string {
  const known = durationWords(Math.round((episode.startedAt - state.firstAt) / 1000));
  const kinds =
    count === 1
      ? 'a kind of log line that it never wrote before'
      : `${count} kinds of log lines that it never wrote before`;
  const level = episode.worst === 'info' ? '' : `, severity ${episode.worst}`;
  const which = count === 1 ? 'It reads' : `The ${episode.worst === 'info' ? 'first' : 'worst'} reads`;
  return (
    `${asset} wrote ${kinds} (${count} where ${expected} such events are usual in five minutes, ` +
    `${deviation} standard deviations; ${known} of its logs are known). ` +
    `${which}: '${template}'${level}, for example '${shortText(episode.example)}'.`
  );
}

function missingWords(episode: PatternEpisode, { asset, template, count, expected, deviation }: Words): string {
  const what = count === 1 ? 'a steady kind of log line' : `${count} steady kinds of log lines`;
  return (
    `${asset} stopped writing ${what} while it wrote others: 0 lines of '${template}' since ` +
    `${new Date(episode.startedAt).toISOString()}, where ${expected} are usual among as many others (${-deviation} standard deviations).`
  );
}

function seriesOf(
  { tenantId, asset }: Pick<Whose, 'tenantId' | 'asset'>,
  metric: string,
  labels: Readonly<Record<string, string>>,
): SeriesRef {
  return { id: seriesIdOf(tenantId, { asset, metric, labels }), asset, metric, labels: { ...labels } };
}

const textMax = 200;

function shortText(text: string): string {
  return text.length > textMax ? `${text.slice(0, textMax - 1)}…` : text;
}

const oneLine = (sentence: string): string => sentence.replaceAll('"', "'").replaceAll(/\s+/g, ' ').trim();
