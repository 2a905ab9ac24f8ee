import { type Alert, worseSeverity } from '@heliosiq/model';
import { activeCases, type CaseBook, type CorrelationContext } from './case-book.ts';
import { type Belonging, nearestAsset } from './belonging.ts';
import { gapMs } from './closeness.ts';
import { correctionWords, keysOfAlert } from './corrections.ts';
import { alertFingerprint } from './impact.ts';
import { alertSeverity } from './incident-severity.ts';
import { alertEntryId, type AlertState, type IncidentCase, tell } from './incident-case.ts';
import { alertTitle } from './incident-title.ts';
import { likenessMin, likenessOf, wordsOf } from './likeness.ts';
import { joinAlert, openCase, putAlert, reopenCase, stretchOfCase, sweepCandidates } from './joining.ts';
import { isBackFor, isResolvedByPerson } from './recovery.ts';

/**
 * Takes one alert record into the book. A firing alert joins the incident of its fingerprint (reopening it within the
 * reopen window) or the nearest open one, else it opens one. Alerts of severity `info` are no trouble. Records not newer
 * than the last one counted of their fingerprint are redeliveries and change nothing; a newer one of a firing that is
 * known by its `startedAt` is a sighting, which keeps the incident open and counts nothing.
 */
export function observeAlert(book: CaseBook, alert: Alert, context: CorrelationContext): void {
  const incidentId = book.incidentOfAlert.get(alert.fingerprint);
  const owner = incidentId === undefined ? undefined : book.cases.get(incidentId);
  const state = owner?.alerts.get(alert.fingerprint);
  if (state !== undefined) {
    const isTold =
      alert.at < state.lastAt || (alert.at === state.lastAt && state.firing === (alert.status === 'firing'));
    if (isTold) return;
  }
  if (alert.status === 'resolved') {
    if (owner !== undefined && state?.firing === true) endAlert(owner, alert);
    return;
  }
  if (owner !== undefined && state?.firing === true && isSighting(alert, state)) {
    if (owner.incident.status !== 'resolved') return sightAlert(owner, alert, { state, context });
    // Who resolved it knew of this firing; what recovery took to be over is back.
    if (isResolvedByPerson(owner.incident)) return;
  }
  if (alert.severity === 'info') return;
  const { target, reason } = caseFor(book, alert, { owner, context });
  const isNewHere = !target.incident.assets.includes(alert.asset);
  const { claimedSeverity } = target;
  const traitsBefore = target.traits.size;
  joinAlert(book, target, { alert, reason });
  const mayBeWorse = isNewHere || target.claimedSeverity !== claimedSeverity || target.traits.size !== traitsBefore;
  if (mayBeWorse) raiseSeverity(target, context);
  target.coreFrom = Math.min(target.coreFrom, target.incident.startedAt);
  if (isNewHere) sweepCandidates(book, target, context);
}

function isSighting({ startedAt }: Alert, { firedAt }: AlertState): boolean {
  return startedAt !== undefined && startedAt <= firedAt;
}

function sightAlert(
  target: IncidentCase,
  alert: Alert,
  { state, context }: { readonly state: AlertState; readonly context: CorrelationContext },
): void {
  target.alerts.set(alert.fingerprint, { ...state, seenAt: Math.max(state.seenAt, alert.at) });
  target.incident = { ...target.incident, lastSeenAt: Math.max(target.incident.lastSeenAt, alert.at) };
  if (worseSeverity(target.claimedSeverity, alert.severity) === target.claimedSeverity) return;
  target.claimedSeverity = alert.severity;
  raiseSeverity(target, context);
}

function raiseSeverity(target: IncidentCase, context: CorrelationContext): void {
  const { severity } = alertSeverity(target, context.neighbourhood);
  if (worseSeverity(target.incident.severity, severity) === target.incident.severity) return;
  target.incident = { ...target.incident, severity };
  target.isTouched = true;
}

function endAlert(target: IncidentCase, alert: Alert): void {
  const known = target.alerts.get(alert.fingerprint);
  target.firedAgain.delete(alert.fingerprint);
  putAlert(target, alert, {
    firing: false,
    lastAt: alert.at,
    firedAt: known?.firedAt ?? alert.at,
    seenAt: alert.at,
    firstAt: known?.firstAt ?? alert.at,
    occurrences: known?.occurrences ?? 1,
  });
  target.incident = { ...target.incident, lastSeenAt: Math.max(target.incident.lastSeenAt, alert.at) };
  tell(target, {
    id: alertEntryId(alert),
    at: alert.at,
    kind: 'alert-resolved',
    text: `Alert is over on ${alert.asset}: ${alert.title}`,
  });
}

function caseFor(
  book: CaseBook,
  alert: Alert,
  { owner, context }: { readonly owner: IncidentCase | undefined; readonly context: CorrelationContext },
): { readonly target: IncidentCase; readonly reason?: string } {
  if (owner !== undefined && owner.incident.status !== 'resolved') return { target: owner };
  if (owner !== undefined && isBackFor(owner.incident, alert.at, context.settings)) {
    reopenCase(owner, context);
    return { target: owner };
  }
  const nearest = nearestCase(book, alert, context);
  if (nearest !== undefined) return { target: nearest.target, reason: nearest.near.reason };
  const opened = openCase(book, context);
  opened.incident = {
    ...opened.incident,
    title: alertTitle(alert),
    fingerprint: alertFingerprint(alert.fingerprint),
  };
  return { target: opened };
}

function nearestCase(
  book: CaseBook,
  alert: Alert,
  context: CorrelationContext,
): { readonly target: IncidentCase; readonly near: Belonging } | undefined {
  let words: string | undefined;
  const comparable = {
    alert,
    /** Few alerts are compared by them. */
    words: (): string => (words ??= wordsOf(alert)),
  };
  let best: { readonly target: IncidentCase; readonly near: Belonging } | undefined;
  for (const target of activeCases(book)) {
    const near = belonging(target, comparable, context);
    if (near !== undefined && (best === undefined || near.hops < best.near.hops)) best = { target, near };
  }
  return best;
}

/** Why an alert belongs to a case: what a person said decides, then the topology, then labels and words. */
function belonging(
  target: IncidentCase,
  { alert, words }: { readonly alert: Alert; readonly words: () => string },
  context: CorrelationContext,
): Belonging | undefined {
  const { settings, neighbourhood, corrections } = context;
  const moment = { from: alert.at, to: alert.at };
  if (gapMs(moment, stretchOfCase(target, settings)) > settings.windowMs) return undefined;
  const said = corrections.between(keysOfAlert(alert), target);
  if (said !== undefined) return said.kind === 'apart' ? undefined : { hops: 1, reason: correctionWords(said) };
  const { assets, lastSeenAt } = target.incident;
  const near = nearestAsset(alert.asset, assets, neighbourhood);
  if (near !== undefined) return near;
  if (gapMs(moment, { from: target.coreFrom, to: lastSeenAt }) > settings.likenessMs) return undefined;
  const { labels, asset } = alert;
  const { points, reasons } = likenessOf(
    { asset, labels, words: words() },
    { assets, traits: target.traits, words: target.words },
  );
  const isApart = neighbourhood.isLinked(asset) && assets.some((other) => neighbourhood.isLinked(other));
  const pointsMin = isApart ? likenessMin.apart : likenessMin.unknown;
  return points < pointsMin ? undefined : { hops: settings.hopsMax + 1, reason: reasons.join(', ') };
}
