import { type Alert, worseSeverity } from '@heliosiq/model';
import { activeCases, type CaseBook, type CorrelationContext } from './case-book.ts';
import { gapMs, nearestHops } from './closeness.ts';
import { alertFingerprint } from './impact.ts';
import { alertEntryId, type AlertState, type IncidentCase, tell } from './incident-case.ts';
import { alertTitle } from './incident-title.ts';
import { joinAlert, openCase, reopenCase, stretchOfCase, sweepCandidates } from './joining.ts';
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
    if (owner.incident.status !== 'resolved') return sightAlert(owner, alert, state);
    // Who resolved it knew of this firing; what recovery took to be over is back.
    if (isResolvedByPerson(owner.incident)) return;
  }
  if (alert.severity === 'info') return;
  const target = caseFor(book, alert, { owner, context });
  const isNewHere = !target.incident.assets.includes(alert.asset);
  joinAlert(book, target, alert);
  target.incident = { ...target.incident, severity: worseSeverity(target.incident.severity, alert.severity) };
  target.coreFrom = Math.min(target.coreFrom, target.incident.startedAt);
  if (isNewHere) sweepCandidates(book, target, context);
}

function isSighting({ startedAt }: Alert, { firedAt }: AlertState): boolean {
  return startedAt !== undefined && startedAt <= firedAt;
}

function sightAlert(target: IncidentCase, alert: Alert, state: AlertState): void {
  target.alerts.set(alert.fingerprint, { ...state, seenAt: Math.max(state.seenAt, alert.at) });
  const severity = worseSeverity(target.incident.severity, alert.severity);
  if (severity !== target.incident.severity) target.isTouched = true;
  const lastSeenAt = Math.max(target.incident.lastSeenAt, alert.at);
  target.incident = { ...target.incident, severity, lastSeenAt };
}

function endAlert(target: IncidentCase, alert: Alert): void {
  const firedAt = target.alerts.get(alert.fingerprint)?.firedAt ?? alert.at;
  target.alerts.set(alert.fingerprint, { firing: false, lastAt: alert.at, firedAt, seenAt: alert.at });
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
): IncidentCase {
  if (owner !== undefined && owner.incident.status !== 'resolved') return owner;
  if (owner !== undefined && isBackFor(owner.incident, alert.at, context.settings)) {
    reopenCase(owner, context);
    return owner;
  }
  const nearest = nearestCase(book, alert, context);
  if (nearest !== undefined) return nearest;
  const opened = openCase(book, context);
  opened.incident = {
    ...opened.incident,
    title: alertTitle(alert),
    severity: alert.severity,
    fingerprint: alertFingerprint(alert.fingerprint),
  };
  return opened;
}

function nearestCase(book: CaseBook, alert: Alert, context: CorrelationContext): IncidentCase | undefined {
  let best: { readonly target: IncidentCase; readonly hops: number } | undefined;
  for (const target of activeCases(book)) {
    const moment = { from: alert.at, to: alert.at };
    if (gapMs(moment, stretchOfCase(target, context.settings)) > context.settings.windowMs) continue;
    const hops = nearestHops(alert.asset, target.incident.assets, context.neighbourhood);
    if (hops !== undefined && (best === undefined || hops < best.hops)) best = { target, hops };
  }
  return best?.target;
}
