import type { EvidenceItem, FaultKind, RankedHypothesis } from './diagnosis.ts';
import { assetAnomalyItems } from './asset-anomalies.ts';
import type { PastCause } from './casefile.ts';
import type { InferredEdge } from './inferred-edges.ts';
import type { MetricClass } from './metric-semantics.ts';
import { changeSentence, faultDeed, itsChange, listText, oneLine } from './sentences.ts';
import { strength } from './severity-strength.ts';
import type { Suspect } from './suspect-score.ts';
import { toldClause, toldFaultKind, toldItems } from './told-evidence.ts';
import { percentText } from './value-words.ts';

/** Changes told per hypothesis. */
const CHANGES_MAX = 4;
/** Severity below which a change is no evidence. */
const TELLING = 2;
/** Share of its trouble that must be its own before that is told for an asset. */
const OWN_ENOUGH = 0.5;
/** An inferred way is a weak reason beside a declared one, which is 0.5. */
const INFERRED_STRENGTH = 0.2;

const KIND_OF_CLASS: Readonly<Record<MetricClass, FaultKind>> = {
  latency: 'latency',
  errors: 'errors',
  traffic: 'traffic',
  cpu: 'cpu',
  memory: 'memory',
  disk: 'disk',
  network: 'network',
  saturation: 'traffic',
  sensor: 'sensor',
  unknown: 'unknown',
};

const RESOURCES: readonly MetricClass[] = ['cpu', 'memory', 'disk', 'network'];

/** A resource that moved less than this, in its usual spreads, names no fault. */
const RESOURCE_MOVED = 4;
/** Memory that grew to so many times what it was has run away: the processor is then busy with reclaiming it. */
const RUNAWAY_TIMES = 2.5;

function isMemoryRunaway(profile: Suspect['profile']): boolean {
  return profile.changes.some(
    ({ semantics, severity, before, after }) =>
      semantics.metricClass === 'memory' && severity >= RESOURCE_MOVED && before > 0 && after >= RUNAWAY_TIMES * before,
  );
}

/** Names the fault: what was changed just before; a dependency it took up; a resource that moved much; else its symptom. */
export function faultKindOf(suspect: Suspect): FaultKind {
  const { role, profile, change } = suspect;
  if (change !== undefined && change.proximity >= 0.25)
    return change.change.kind === 'deploy' ? 'deploy' : change.change.kind === 'scale' ? 'traffic' : 'config';
  if (role.newDependencies.length > 0) return 'dependency';
  const resource = RESOURCES.map((metricClass) => ({ metricClass, severity: profile.severity(metricClass) })).sort(
    (a, b) => b.severity - a.severity,
  )[0];
  if (resource !== undefined && resource.severity >= RESOURCE_MOVED && resource.severity >= 0.6 * role.severity)
    return resource.metricClass === 'cpu' && isMemoryRunaway(profile) ? 'memory' : KIND_OF_CLASS[resource.metricClass];
  return toldFaultKind(suspect.told) ?? (role.severity > 0 ? KIND_OF_CLASS[role.mainClass] : 'unknown');
}

function metricEvidence(suspect: Suspect): EvidenceItem[] {
  const { profile, role } = suspect;
  return profile.changes
    .filter(
      (change) =>
        change.severity >= TELLING &&
        (change.semantics.metricClass === role.mainClass || change.semantics.metricClass !== 'traffic'),
    )
    .slice(0, CHANGES_MAX)
    .map((change) => ({
      kind: 'metric-change',
      asset: role.asset,
      metric: change.series.metric,
      ...(change.series.statistic === undefined ? {} : { statistic: change.series.statistic }),
      ...(change.series.labels === undefined ? {} : { labels: change.series.labels }),
      text: changeSentence(role.asset, change),
      numbers: {
        before: change.before,
        after: change.after,
        deviation: change.deviation,
        ...(change.onsetMs === null ? {} : { onsetMs: change.onsetMs }),
      },
      strength: strength(change.severity),
      forOrAgainst: 'for',
    }));
}

/** What a suspect is told against. */
export interface SuspectFrame {
  readonly symptomAsset: string | undefined;
  /** What the suspect depends on, and how many of these have metrics. */
  readonly dependencies: { readonly known: number; readonly measured: number };
  /** Connections that nobody declared. */
  readonly inferred: readonly InferredEdge[];
}

/** Why the place where the trouble is felt is itself the suspect. */
function ownTroubleText(asset: string, { known, measured }: SuspectFrame['dependencies']): string {
  if (known === 0) return `what ${asset} depends on is not known`;
  if (measured === 0) return `there are no metrics of what ${asset} depends on`;
  const which =
    measured === 1
      ? `the one measured asset that ${asset} depends on`
      : `none of the ${measured} measured assets that ${asset} depends on`;
  return measured === 1 ? `${which} did not change enough to explain it` : `${which} changed enough to explain it`;
}

/** What is remembered of an incident like this one; a memory is no measurement, and the sentence says so. */
function pastText(asset: string, { title, markedAtMs, likeness, fault }: PastCause): string {
  const day = new Date(markedAtMs).toISOString().slice(0, 10);
  return `On ${day} a person said that ${asset} (${fault}) was the cause of '${oneLine(title)}', an incident ${percentText(likeness)} like this one; that may not hold now.`;
}

/** Neighbouring assets of a way. */
function stepsOf(path: readonly string[]): (readonly [string, string])[] {
  return path.slice(1).map((to, index) => [path[index] ?? '', to] as const);
}

/** Says which steps of a way only traces tell of. */
function tracedText(path: readonly string[], inferred: readonly InferredEdge[]): string {
  const traced = stepsOf(path).filter(([from, to]) =>
    inferred.some((edge) => edge.basis === 'traces' && edge.from === from && edge.to === to),
  );
  return traced.length === 0
    ? ''
    : ` Of that ${listText(traced.map(([from, to]) => `${from} -> ${to}`))} ${traced.length === 1 ? 'is' : 'are'} inferred from traces.`;
}

/** Everything known for and against one suspect, the weightiest first within its kind. */
export function evidenceFor(suspect: Suspect, { symptomAsset, dependencies, inferred }: SuspectFrame): EvidenceItem[] {
  const { role, change } = suspect;
  const { asset } = role;
  const items = [
    ...metricEvidence(suspect),
    ...assetAnomalyItems(suspect.assetAnomalies),
    ...toldItems(asset, suspect.told),
  ];
  const add = (item: Omit<EvidenceItem, 'asset' | 'numbers'> & Partial<Pick<EvidenceItem, 'numbers'>>): void => {
    items.push({ asset, numbers: {}, ...item });
  };
  if (symptomAsset !== undefined && role.path.length > 1) {
    const path = role.path;
    add({
      kind: 'topology-path',
      path,
      text: `${symptomAsset} depends on ${asset}: ${path.join(' -> ')}.${tracedText(path, inferred)}`,
      strength: 0.5,
      forOrAgainst: 'for',
    });
    if (role.explains !== undefined) {
      const enough = role.explains >= 0.5;
      add({
        kind: 'explained-share',
        text: `The change at ${asset} accounts for ${percentText(role.explains)} of the trouble at ${symptomAsset}.`,
        numbers: { share: role.explains },
        strength: enough ? role.explains : 1 - role.explains,
        forOrAgainst: enough ? 'for' : 'against',
      });
    }
  }
  if (role.inferredPath.length > 1) {
    const last = stepsOf(role.inferredPath).at(-1);
    const edge = inferred.find(({ from, to }) => from === last?.[0] && to === last[1]);
    add({
      kind: 'inferred-path',
      path: role.inferredPath,
      text: `A way from ${symptomAsset ?? 'the symptom'} to ${asset} is only inferred: ${role.inferredPath.join(' -> ')}. ${edge?.text ?? ''}`.trim(),
      strength: INFERRED_STRENGTH,
      forOrAgainst: 'for',
    });
  }
  if (asset === symptomAsset && role.own >= OWN_ENOUGH) {
    const text = ownTroubleText(asset, dependencies);
    add({
      kind: 'own-trouble',
      text: `${text.charAt(0).toUpperCase()}${text.slice(1)}.`,
      numbers: { count: dependencies.measured },
      strength: dependencies.measured > 0 ? role.own : 0.2,
      forOrAgainst: 'for',
    });
  }
  if (role.explains === 0 && asset !== symptomAsset && symptomAsset !== undefined) {
    add({
      kind: 'no-path',
      text: `Nothing known leads from ${symptomAsset} down to ${asset}.`,
      strength: 0.9,
      forOrAgainst: 'against',
    });
  }
  if (role.explainedBy !== undefined && role.own < 0.7) {
    add({
      kind: 'explained-by-dependency',
      text: `${role.explainedBy.asset}, which ${asset} depends on, accounts for ${percentText(role.explainedBy.share)} of its trouble.`,
      numbers: { share: role.explainedBy.share },
      strength: 1 - role.own,
      forOrAgainst: 'against',
    });
  }
  for (const fresh of role.newDependencies) {
    add({
      kind: 'new-dependency',
      text: `${asset} began to call ${fresh}, which it never did before.`,
      strength: 0.6,
      forOrAgainst: 'for',
    });
  }
  if (suspect.newcomer) {
    add({
      kind: 'new-dependency',
      text: `${asset} was not used before the fault; its one caller took it up.`,
      strength: 0.7,
      forOrAgainst: 'against',
    });
  }
  if (change !== undefined) {
    add({
      kind: 'change',
      changeId: change.change.id,
      text: `${oneLine(change.change.title)} (${oneLine(change.change.kind)}) at ${new Date(change.change.atMs).toISOString()}, shortly before the onset.`,
      numbers: { onsetMs: change.change.atMs },
      strength: change.proximity,
      forOrAgainst: 'for',
    });
  }
  const [past] = suspect.pastCauses;
  if (past !== undefined) {
    add({
      kind: 'past-cause',
      incidentId: past.incidentId,
      text: pastText(asset, past),
      numbers: { share: past.likeness, count: suspect.pastCauses.length },
      strength: past.likeness * past.freshness * 0.6,
      forOrAgainst: 'for',
    });
  }
  if (suspect.late && suspect.onsetMs !== null) {
    add({
      kind: 'onset-order',
      text: `${asset} changed only after the symptom did.`,
      numbers: { onsetMs: suspect.onsetMs },
      strength: 0.25,
      forOrAgainst: 'against',
    });
  }
  return items;
}

/** What is said of a silent asset after its name. */
function silentClause(asset: string, { text }: EvidenceItem): string {
  return text.replace(`${asset} fell silent`, 'it fell silent').replace(/\.$/, '');
}

/** One sentence: what the suspect did, and why it is suspected. */
function becauseText(suspect: Suspect, { symptomAsset, dependencies }: SuspectFrame): string {
  const { role, profile, change } = suspect;
  const main = profile.strongest(role.mainClass);
  const told = toldClause(role.asset, suspect.told);
  const silent = assetAnomalyItems(suspect.assetAnomalies).find(({ kind }) => kind === 'silence');
  const isMoved = main !== undefined && main.severity >= TELLING;
  const parts = [
    ...(isMoved ? [itsChange(main)] : []),
    ...(told === undefined ? [] : [told]),
    ...(silent === undefined ? [] : [silentClause(role.asset, silent)]),
    ...(isMoved || told !== undefined || silent !== undefined ? [] : ['none of its metrics changed clearly']),
  ];
  if (role.asset === symptomAsset) {
    parts.push(
      role.own >= OWN_ENOUGH
        ? ownTroubleText('it', dependencies)
        : `${role.explainedBy?.asset ?? 'what it depends on'} accounts for most of that`,
    );
  } else {
    if (role.own >= 0.7 && role.severity >= TELLING) parts.push('nothing it depends on explains that');
    if (role.explains !== undefined && symptomAsset !== undefined) {
      parts.push(
        role.explains === 0
          ? `no known way leads to it from ${symptomAsset}`
          : `it accounts for ${percentText(role.explains)} of the trouble at ${symptomAsset}`,
      );
    }
  }
  if (change !== undefined)
    parts.push(`the ${oneLine(change.change.kind)} ${oneLine(change.change.title)} came shortly before`);
  return `${role.asset} ${faultDeed[faultKindOf(suspect)]}: ${listText(parts)}.`;
}

/** Words a suspect as a hypothesis with its evidence. */
export function hypothesisOf(suspect: Suspect, confidence: number, frame: SuspectFrame): RankedHypothesis {
  return {
    asset: suspect.role.asset,
    faultKind: faultKindOf(suspect),
    score: suspect.score,
    confidence,
    onsetMs: suspect.onsetMs,
    because: becauseText(suspect, frame),
    evidence: evidenceFor(suspect, frame),
  };
}
