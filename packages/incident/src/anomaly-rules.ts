import type { Anomaly, IncidentId } from '@heliosiq/model';
import type { Belonging } from './belonging.ts';
import { activeCases, type CaseBook, type CorrelationContext, putCandidate } from './case-book.ts';
import { barsFor, gapMs, isStronglySimultaneous, onsetOf, stretchOf, windowMsOf } from './closeness.ts';
import { keysOfAnomaly } from './corrections.ts';
import { entryPointOf } from './entry-asset.ts';
import { anomalyWeight, pooledWeight } from './evidence.ts';
import { fingerprintOf } from './impact.ts';
import type { IncidentCase } from './incident-case.ts';
import { joinAnomaly, nearness, openCase, reopenCase, sweepCandidates, tellClosed } from './joining.ts';
import { isBackFor, isResolvedByPerson } from './recovery.ts';

/**
 * Takes one state of an anomaly into the book. A member is brought up to date; another joins the nearest incident that
 * is open, or waits as a candidate until it and its neighbours in time and topology weigh enough to open one.
 * Seeing the same or an older revision again changes nothing.
 */
export function observeAnomaly(book: CaseBook, anomaly: Anomaly, context: CorrelationContext): void {
  const incidentId = book.incidentOfAnomaly.get(anomaly.id);
  const owner = incidentId === undefined ? undefined : book.cases.get(incidentId);
  if (owner !== undefined) {
    updateMember(owner, anomaly, context);
    return;
  }
  const known = book.candidates.get(anomaly.id);
  // Equal revisions go on: after a restart the candidates come from the store, ahead of the log.
  const newest = known !== undefined && known.revision > anomaly.revision ? known : anomaly;
  const nearest = nearestCase(book, newest, context);
  if (nearest !== undefined) {
    joinAnomaly(book, nearest.target, { anomaly: newest, reason: nearest.near.reason });
    return;
  }
  putCandidate(book, newest, context.settings.candidatesMax);
  // What is over by the time it is told of is history, not a reason to wake someone.
  if (anomaly.status === 'closed') return;
  const bars = barsFor(newest.series.asset, context.neighbourhood);
  const cluster = clusterAround(book, newest, context);
  if (pooledWeight(cluster, bars.floor) >= bars.open) openOrReopen(book, cluster, context);
}

function updateMember(target: IncidentCase, anomaly: Anomaly, context: CorrelationContext): void {
  const known = target.members.get(anomaly.id);
  const newest = known !== undefined && known.revision > anomaly.revision ? known : anomaly;
  const { incident } = target;
  if (incident.status === 'resolved') {
    const isBack = newest.status === 'open' && newest.lastSeenAt > incident.lastSeenAt;
    if (!isBack || isResolvedByPerson(incident)) return;
    reopenCase(target, context);
  }
  target.members.set(newest.id, newest);
  if (newest.lastSeenAt > target.incident.lastSeenAt) {
    target.incident = { ...target.incident, lastSeenAt: newest.lastSeenAt };
  }
  if (newest.status === 'closed') tellClosed(target, newest);
}

/** The open incident an anomaly belongs to: the fewest hops away, then the one seen last, then the one opened first. */
function nearestCase(
  book: CaseBook,
  anomaly: Anomaly,
  context: CorrelationContext,
): { readonly target: IncidentCase; readonly near: Belonging } | undefined {
  let best: { readonly target: IncidentCase; readonly near: Belonging } | undefined;
  for (const target of activeCases(book)) {
    const near = nearness(target, anomaly, context);
    if (near === undefined) continue;
    const isBetter =
      best === undefined ||
      near.hops < best.near.hops ||
      (near.hops === best.near.hops && target.incident.lastSeenAt > best.target.incident.lastSeenAt);
    if (isBetter) best = { target, near };
  }
  return best;
}

/** The anomaly with the candidates near it in time and topology. */
function clusterAround(book: CaseBook, centre: Anomaly, context: CorrelationContext): readonly Anomaly[] {
  const { settings, neighbourhood } = context;
  const weightMin = barsFor(centre.series.asset, neighbourhood).join;
  const stretch = stretchOf(centre);
  return [...book.candidates.values()].filter((candidate) => {
    if (candidate.id === centre.id) return true;
    if (anomalyWeight(candidate) < weightMin) return false;
    const windowMs = Math.max(windowMsOf(centre, settings), windowMsOf(candidate, settings));
    if (gapMs(stretch, onsetOf(candidate)) > windowMs) return false;
    const said = context.corrections.betweenThings(keysOfAnomaly(centre), keysOfAnomaly(candidate));
    if (said !== undefined) return said.kind === 'together';
    return (
      neighbourhood.hops(centre.series.asset, candidate.series.asset) !== undefined ||
      isStronglySimultaneous(centre, candidate, context)
    );
  });
}

function openOrReopen(book: CaseBook, cluster: readonly Anomaly[], context: CorrelationContext): void {
  const earlier = recurrenceOf(book, cluster, context);
  const target = earlier ?? openCase(book, context);
  if (earlier !== undefined && earlier.incident.status === 'resolved') {
    const isNews = cluster.some(({ startedAt }) => startedAt > earlier.incident.lastSeenAt);
    // A person who resolved it knew what had begun by then: more of the same is not news.
    if (isNews || !isResolvedByPerson(earlier.incident)) reopenCase(earlier, context);
  }
  for (const member of [...cluster].sort((a, b) => a.startedAt - b.startedAt)) {
    joinAnomaly(book, target, { anomaly: member });
  }
  if (earlier === undefined) target.coreFrom = target.incident.startedAt;
  sweepCandidates(book, target, context);
}

function isSaidApart(
  anomaly: Anomaly,
  id: IncidentId,
  { book, context }: { readonly book: CaseBook; readonly context: CorrelationContext },
): boolean {
  const target = book.cases.get(id);
  return target !== undefined && context.corrections.between(keysOfAnomaly(anomaly), target)?.kind === 'apart';
}

/** The incident of which the cluster is more: same fingerprint, or the cluster touches its entry; the newest first. */
function recurrenceOf(
  book: CaseBook,
  cluster: readonly Anomaly[],
  context: CorrelationContext,
): IncidentCase | undefined {
  const entry = entryPointOf(cluster, context.neighbourhood);
  const fingerprint = entry === undefined ? undefined : fingerprintOf(entry);
  const assets = new Set(cluster.map(({ series }) => series.asset));
  const startedAt = Math.min(...cluster.map((anomaly) => anomaly.startedAt));
  const lastSeenAt = Math.max(...cluster.map((anomaly) => anomaly.lastSeenAt));
  return [...book.cases.values()]
    .filter(({ incident }) => {
      if (cluster.some((anomaly) => isSaidApart(anomaly, incident.id, { book, context }))) return false;
      const isSame =
        incident.fingerprint === fingerprint || (incident.entry !== undefined && assets.has(incident.entry.asset));
      // Anomalies of different series arrive in any order: what was over long before the incident is not its recurrence.
      const isEarlier = lastSeenAt < incident.startedAt - context.settings.reopenMs;
      return isSame && !isEarlier && isBackFor(incident, startedAt, context.settings);
    })
    .sort((a, b) => b.incident.lastSeenAt - a.incident.lastSeenAt)[0];
}
