import type { AssetId } from '@heliosiq/model';
import { activeCases, type CaseBook, type CorrelationContext } from './case-book.ts';
import { gapMs } from './closeness.ts';
import { type IncidentCase, tell } from './incident-case.ts';
import { stretchOfCase } from './joining.ts';
import type { Neighbourhood } from './neighbourhood.ts';

/** Trouble flows from the called to the caller over this many calls. */
const callsMax = 4;
const reachedMax = 2_000;

/**
 * Links a new case to one that it is a symptom of: one that began before it, goes on, and affects an asset that its own
 * entry calls, directly or through others. Nearer trouble would have joined; this one is too far to be the same.
 */
export function linkToCause(book: CaseBook, target: IncidentCase, context: CorrelationContext): void {
  const { incident } = target;
  const from = incident.entry?.asset ?? incident.assets[0];
  if (from === undefined) return;
  const called = calledBy(from, context.neighbourhood);
  for (const other of activeCases(book)) {
    if (other === target || other.incident.revision === 0 || other.incident.symptomOf !== undefined) continue;
    if (other.coreFrom > target.coreFrom) continue;
    const stretch = { from: target.coreFrom, to: incident.lastSeenAt };
    if (gapMs(stretch, stretchOfCase(other, context.settings)) > context.settings.windowMs) continue;
    if (context.corrections.betweenCases(target, other)?.kind === 'apart') continue;
    const affected = other.incident.assets.find((asset) => called.has(asset));
    if (affected === undefined) continue;
    target.incident = { ...target.incident, symptomOf: other.incident.id };
    tell(target, {
      id: `incident-linked:cause:${other.incident.id}`,
      at: context.now,
      kind: 'incident-linked',
      text: `Likely a symptom of another incident: ${other.incident.title}`,
      reason: `${from} depends on ${affected}`,
      url: `/api/v1/incidents/${other.incident.id}`,
    });
    return;
  }
}

function calledBy(start: AssetId, neighbourhood: Neighbourhood): ReadonlySet<AssetId> {
  const reached = new Set<AssetId>();
  let frontier: readonly AssetId[] = [start];
  for (let calls = 0; calls < callsMax && frontier.length > 0 && reached.size < reachedMax; calls += 1) {
    const next: AssetId[] = [];
    for (const asset of frontier) {
      for (const callee of neighbourhood.callees(asset)) {
        if (callee === start || reached.has(callee)) continue;
        reached.add(callee);
        next.push(callee);
      }
    }
    frontier = next;
  }
  return reached;
}
