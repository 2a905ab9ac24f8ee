import { type Anomaly, type AnomalyEvent, AnomalyId, type SeriesRef, type TenantId } from '@heliosiq/model';
import { contentId } from '@heliosiq/model/content-id.ts';
import { measureNumber, measureWords } from '@heliosiq/model/measure-words.ts';
import { eventKinds } from '../event-of-change.ts';
import type { SeriesLookup } from '../series-rows.ts';
import { type ShiftChange, type ShiftEpisode, toldDeviation } from './asset-shift-watch.ts';

/** Name under which shifts of assets are told apart from what other detectors find. */
export const shiftDetector = 'asset-shift';

const contributorsMax = 20;
const contributorsQuoted = 3;

/**
 * Decades of rarity of a deviation, in units of the model's threshold: how many rows of independent log-normal noise in
 * eight sensors it takes to see one episode of that size (measured with the shipped settings, 1 to 3).
 */
const decadesOf = (deviation: number): number => Math.min(15, 1.05 + 0.9 * deviation);

const scoreOf = (deviation: number): number => 1 - 10 ** -decadesOf(deviation);

/** What a change of a shift is as an event of the topic `anomalies`; undefined where a series of it is not known. */
export function anomalyEventOfShift(
  tenantId: TenantId,
  { kind, episode }: ShiftChange,
  series: SeriesLookup,
): AnomalyEvent | undefined {
  const lead = series.get(episode.leadRef);
  return lead === undefined
    ? undefined
    : { kind: eventKinds[kind], anomaly: anomalyOf(tenantId, { episode, lead, series }) };
}

function anomalyOf(
  tenantId: TenantId,
  {
    episode,
    lead,
    series,
  }: { readonly episode: ShiftEpisode; readonly lead: SeriesRef; readonly series: SeriesLookup },
): Anomaly {
  const { unit } = lead;
  const value = measureWords(episode.value, unit);
  const expected = measureWords(episode.level, unit);
  const size = Math.max(Math.abs(episode.level - episode.reach), Math.abs(episode.level + episode.reach));
  const lower = measureWords(episode.level - episode.reach, unit, size);
  const upper = measureWords(episode.level + episode.reach, unit, size);
  const direction = episode.value < episode.level ? 'down' : 'up';
  const times = Number(episode.peak.toFixed(1));
  const contributors = episode.shares.slice(0, contributorsMax).flatMap(({ ref, share }) => {
    const one = series.get(ref);
    return one === undefined ? [] : [{ series: one, share: Math.round(1000 * share) / 1000 }];
  });
  const quoted = contributors
    .slice(0, contributorsQuoted)
    .map(({ series: { metric, labels }, share }) => `${nameOf(metric, labels)} ${percent(share)}`)
    .join(', ');
  const band = `${measureNumber(episode.level - episode.reach, unit, size)} to ${upper.text}`;
  const sentence =
    `${lead.asset} has left its normal state: its measurements together are ${times} times as far from it as is still usual ` +
    `(${quoted}); ${nameOf(lead.metric, lead.labels)} is ${value.text} on average, usually ${expected.text} (${band}).`;
  return {
    // Of the asset and not of the series that leads, which may change while the shift grows.
    id: AnomalyId.parse(contentId('anomaly', tenantId, lead.asset, shiftDetector, String(episode.startedAt))),
    tenantId,
    revision: episode.revision,
    status: episode.endedAt === undefined ? 'open' : 'closed',
    series: lead,
    detector: shiftDetector,
    startedAt: episode.startedAt,
    peakAt: episode.peakAt,
    lastSeenAt: episode.lastSeenAt,
    ...(episode.endedAt === undefined ? {} : { endedAt: episode.endedAt }),
    score: scoreOf(episode.peak),
    threshold: scoreOf(toldDeviation),
    value: value.value,
    expected: expected.value,
    lower: lower.value,
    upper: upper.value,
    deviation: direction === 'down' ? -times : times,
    direction,
    baseline: {
      kind: 'asset-level',
      from: Math.min(episode.baselineFrom, episode.startedAt),
      to: episode.startedAt,
      samples: episode.rows,
    },
    contributors,
    explanation: sentence.replaceAll('"', "'").replaceAll(/\s+/g, ' '),
  };
}

const percent = (share: number): string => `${Math.round(100 * share)}%`;

function nameOf(metric: string, labels: Readonly<Record<string, string>>): string {
  const words = Object.entries(labels).map(([name, value]) => `${name} ${value}`);
  return words.length === 0 ? metric : `${metric} (${words.join(', ')})`;
}
