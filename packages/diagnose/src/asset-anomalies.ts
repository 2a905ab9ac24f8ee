import type { Anomaly } from '@heliosiq/model';
import type { AssetAnomaly, CaseWindow } from './casefile.ts';
import type { EvidenceItem } from './diagnosis.ts';
import { surpriseDecades } from './fault-window.ts';
import { listText, oneLine } from './sentences.ts';
import { severityOfDecades } from './detected-change.ts';
import { strength } from './severity-strength.ts';
import { percentText, valueText } from './value-words.ts';

/** Detectors that judge an asset by all of its series together, and what they find. */
const KIND_OF_DETECTOR: Readonly<Record<string, AssetAnomaly['kind']>> = { 'asset-shift': 'shift', silence: 'silence' };
/** What began longer before the window is not of this trouble. */
const NEAR_MS = 30 * 60_000;
/** Decades by which the silence of a whole asset, or of many, is surer than that of single series of one that still sends. */
const WHOLE_DECADES = 3.9;
const CONTRIBUTORS_MAX = 20;
const CONTRIBUTORS_TOLD = 4;
/** A share below this is not worth a word. */
const SHARE_TOLD = 0.03;
/**
 * What the surest anomaly of an asset adds at most to its score, as a part of what is left to 1: a shift is made of series that
 * were looked at one by one as well; of what is silent nothing else can be seen.
 */
const WORTH: Readonly<Record<AssetAnomaly['kind'], number>> = { shift: 0.25, silence: 0.8 };

/** Anomalies of whole assets that began near the window or in it and were seen in it, the most surprising of each asset and kind. */
export function assetAnomaliesIn(anomalies: readonly Anomaly[], window: CaseWindow): AssetAnomaly[] {
  const strongest = new Map<string, AssetAnomaly>();
  for (const anomaly of anomalies) {
    const kind = KIND_OF_DETECTOR[anomaly.detector];
    if (kind === undefined) continue;
    const isNear = anomaly.startedAt >= window.faultFromMs - NEAR_MS && anomaly.startedAt <= window.faultToMs;
    if (!isNear || anomaly.lastSeenAt < window.faultFromMs) continue;
    const decades = surpriseDecades(anomaly.score);
    if (kind === 'silence' && decades - surpriseDecades(anomaly.threshold) < WHOLE_DECADES) continue;
    // Of many assets that fall silent at once the detector tells in one anomaly.
    const byAsset = Map.groupBy(anomaly.contributors ?? [], ({ series }) => series.asset);
    for (const asset of kind === 'silence' && byAsset.size > 0 ? byAsset.keys() : [anomaly.series.asset]) {
      const one: AssetAnomaly = {
        ...{ kind, id: anomaly.id, asset, startedMs: anomaly.startedAt, decades },
        times: Math.abs(anomaly.deviation),
        ...(kind === 'silence' ? { silentS: anomaly.value } : {}),
        contributors: (byAsset.get(asset) ?? []).slice(0, CONTRIBUTORS_MAX).map(({ series, share }) => ({
          ...{ metric: series.metric, labels: series.labels, share },
        })),
      };
      const key = `${kind}\u0000${asset}`;
      const known = strongest.get(key);
      if (known === undefined || decades > known.decades || (decades === known.decades && one.id < known.id))
        strongest.set(key, one);
    }
  }
  return [...strongest.values()].sort((a, b) => (a.asset + a.kind < b.asset + b.kind ? -1 : 1));
}

/** 0..1: how much the anomalies of an asset as a whole speak for trouble of its own. */
export function assetAnomalyScore(anomalies: readonly AssetAnomaly[]): number {
  return anomalies.reduce(
    (score, { kind, decades }) => 1 - (1 - score) * (1 - WORTH[kind] * strength(severityOfDecades(decades))),
    0,
  );
}

function seriesWords({ metric, labels }: AssetAnomaly['contributors'][number]): string {
  const words = Object.entries(labels).map(([name, value]) => `${name} ${value}`);
  return oneLine(words.length === 0 ? metric : `${metric} (${words.join(', ')})`);
}

function shiftText({ asset, times, contributors }: AssetAnomaly): string {
  const told = contributors.filter(({ share }) => share >= SHARE_TOLD).slice(0, CONTRIBUTORS_TOLD);
  const parts = told.map((one) => `${seriesWords(one)} ${percentText(one.share)}`);
  const made = parts.length === 0 ? '' : `: ${listText(parts)} of it`;
  return `The series of ${asset} together left their normal state, ${Number(times.toPrecision(2))} times as far as is still usual${made}.`;
}

function silenceText({ asset, silentS = 0, contributors }: AssetAnomaly): string {
  const names = [...new Set(contributors.map(({ metric }) => oneLine(metric)))];
  const told = names.slice(0, CONTRIBUTORS_TOLD);
  const more = names.length > told.length ? [...told, `${names.length - told.length} more`] : told;
  const of = more.length === 0 ? '' : ` (${listText(more)})`;
  return `${asset} fell silent: nothing${of} came for ${valueText(silentS, { metric: 'silence', unit: 's' })}.`;
}

/** What the anomalies of a whole asset say, as evidence with the series that make them and their shares. */
export function assetAnomalyItems(anomalies: readonly AssetAnomaly[]): EvidenceItem[] {
  return anomalies.map((one) => ({
    kind: one.kind === 'shift' ? 'asset-shift' : 'silence',
    asset: one.asset,
    anomalyId: one.id,
    // The series that makes most of a shift is the one to look at; of what is silent there is none.
    ...(one.kind === 'shift' && one.contributors[0] !== undefined ? { metric: one.contributors[0].metric } : {}),
    text: one.kind === 'shift' ? shiftText(one) : silenceText(one),
    numbers: {
      onsetMs: one.startedMs,
      deviation: one.times,
      count: one.contributors.length,
      ...(one.contributors[0] === undefined ? {} : { share: one.contributors[0].share }),
    },
    strength: strength(severityOfDecades(one.decades)),
    forOrAgainst: 'for',
  }));
}
