import { type Anomaly, type AnomalyEvent, AnomalyId, type SeriesRef, type TenantId } from '@heliosiq/model';
import { contentId } from '@heliosiq/model/content-id.ts';
import { durationWords } from '../duration-words.ts';
import { eventKinds } from '../event-of-change.ts';
import type { SeriesLookup } from '../series-rows.ts';
import type { SilenceChange } from './silence-change.ts';

/** Name under which silences are told apart from what other detectors find. */
export const silenceDetector = 'silence';

const contributorsMax = 20;

/** Decades of a silence that is just told, and of one that takes a whole asset or many with it. Chosen, not measured. */
const toldDecades = 3.2;
const scopeDecades = { series: 1, asset: 4, group: 6, tenant: 6 } as const;

/** What a change of a silence is as an event of the topic `anomalies`; undefined where its series are not known. */
export function anomalyEventOfSilence(
  tenantId: TenantId,
  change: SilenceChange,
  series: SeriesLookup,
): AnomalyEvent | undefined {
  const silent = change.refs.flatMap((ref) => series.get(ref) ?? []);
  const [lead] = silent;
  return lead === undefined
    ? undefined
    : { kind: eventKinds[change.kind], anomaly: anomalyOf(tenantId, { change, lead, silent }) };
}

function anomalyOf(
  tenantId: TenantId,
  {
    change,
    lead,
    silent,
  }: { readonly change: SilenceChange; readonly lead: SeriesRef; readonly silent: readonly SeriesRef[] },
): Anomaly {
  const { startedAt, endedAt, toldAt, scope } = change;
  const silentMs = Math.max(0, (endedAt ?? toldAt) - startedAt);
  const limit = secondsOf(change.limitMs);
  const value = secondsOf(silentMs);
  const expected = secondsOf(change.usualMs);
  const ratio = value / Math.max(limit, 1e-3);
  return {
    id: AnomalyId.parse(
      contentId(
        'anomaly',
        tenantId,
        scope === 'group' || scope === 'tenant' ? scope : lead.asset,
        `${silenceDetector} ${scope}`,
        String(startedAt),
      ),
    ),
    tenantId,
    revision: change.revision,
    status: endedAt === undefined ? 'open' : 'closed',
    // The numbers are seconds of silence, and so they are named: the series itself has none to show.
    series: {
      id: lead.id,
      asset: lead.asset,
      metric: 'silence',
      labels: labelsOf(scope, lead, silent.length),
      unit: 's',
    },
    detector: silenceDetector,
    startedAt,
    peakAt: Math.max(startedAt, toldAt),
    lastSeenAt: Math.max(startedAt, toldAt),
    ...(endedAt === undefined ? {} : { endedAt }),
    score: 1 - 10 ** -Math.min(15, toldDecades + scopeDecades[scope] + Math.log10(Math.max(1, ratio))),
    threshold: 1 - 10 ** -toldDecades,
    value,
    expected,
    lower: 0,
    upper: limit,
    deviation: Number(Math.min(1e6, ratio).toFixed(1)),
    direction: 'up',
    baseline: {
      kind: 'arrivals',
      from: Math.min(change.firstAt, startedAt),
      to: startedAt,
      samples: change.arrivals,
    },
    ...(silent.length < 2
      ? {}
      : {
          contributors: silent
            .slice(0, contributorsMax)
            .map((one) => ({ series: one, share: Math.round(1000 / silent.length) / 1000 })),
        }),
    explanation: sentenceOf({ change, lead, silent, value, expected, limit }),
  };
}

/** One silent series is named; a silence of all says that it is one. */
function labelsOf(scope: SilenceChange['scope'], lead: SeriesRef, series: number): Readonly<Record<string, string>> {
  if (scope === 'tenant') return { scope };
  return scope === 'series' && series === 1 ? { metric: lead.metric, ...lead.labels } : {};
}

/** Seconds, rounded once to what the sentence says. */
const secondsOf = (ms: number): number => (ms >= 10_000 ? Math.round(ms / 1000) : Math.round(ms) / 1000);

function sentenceOf(told: {
  readonly change: SilenceChange;
  readonly lead: SeriesRef;
  readonly silent: readonly SeriesRef[];
  readonly value: number;
  readonly expected: number;
  readonly limit: number;
}): string {
  const { change, lead, silent, value, expected, limit } = told;
  const verb = change.endedAt === undefined ? 'has sent nothing for' : 'sent nothing for';
  const usual =
    `it usually sends every ${durationWords(expected)}, and ${durationWords(limit)} without a sample is silence ` +
    `(learnt from ${change.arrivals} arrivals)`;
  if (change.scope === 'group') {
    return `${change.assets} assets stopped sending at about the same time, ${lead.asset} among them: it ${verb} ${durationWords(value)}; ${usual}.`;
  }
  if (change.scope === 'tenant') {
    const what = change.endedAt === undefined ? 'Nothing comes from anyone' : 'Nothing came from anyone';
    return (
      `${what}: none of ${change.assets} assets that send live, ${lead.asset} among them, ${verb} ${durationWords(value)}. ` +
      `All stopped together, so look at what they share first: the sender, the network, or the way in to HeliosIQ; ` +
      `${lead.asset} usually sends every ${durationWords(expected)}, and ${durationWords(limit)} without a sample is silence ` +
      `(learnt from ${change.arrivals} arrivals).`
    ).replaceAll('"', "'");
  }
  if (change.scope === 'asset')
    return `${lead.asset} ${verb} ${durationWords(value)}: none of its ${silent.length} series; ${usual}.`;
  const rest = silent.length === 1 ? '' : ` and ${silent.length - 1} more of its series`;
  return `${seriesWords(lead)} of ${lead.asset}${rest} ${verb.replace('has', rest === '' ? 'has' : 'have')} ${durationWords(value)} while the asset still sends; ${usual}.`.replaceAll(
    '"',
    "'",
  );
}

function seriesWords({ metric, labels }: SeriesRef): string {
  const words = Object.entries(labels).map(([name, value]) => `${name} ${value}`);
  return words.length === 0 ? metric : `${metric} (${words.join(', ')})`;
}
