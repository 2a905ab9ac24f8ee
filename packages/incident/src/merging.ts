import { type AssetId, worseSeverity } from '@heliosiq/model';
import { activeCases, type CaseBook, type CorrelationContext, dropCase } from './case-book.ts';
import { gapMs } from './closeness.ts';
import { correctionWords } from './corrections.ts';
import { type IncidentCase, lifecycleEntryId, tell, wordsMax } from './incident-case.ts';
import { stretchOfCase } from './joining.ts';
import { type Likeness, likenessMin, likenessOf, traitsMax } from './likeness.ts';
import type { Neighbourhood } from './neighbourhood.ts';

/** `resolvedBy` of an incident that turned out to be one with another. */
export const mergeActor = 'merge';

const memberIdsMax = 1_000;
const assetsMax = 200;
/** Stored incidents that one step can take in; the rest follows with the next. */
const absorbedMax = 50;
/** So many incidents, on this share of the assets around one hub, are its trouble. */
const hubCasesMin = 5;
const hubShareMin = 0.2;

/**
 * Merges cases that turn out to be one, the younger into the older, each with a stated reason. A case that nobody was told
 * of yet merges as a signal joins, so that the order within a batch makes no difference; two that are known need more:
 * an affected asset in common, affected assets next to each other, strong likeness, or a person's word.
 */
export function mergeCases(book: CaseBook, context: CorrelationContext): void {
  const grown = activeCases(book).filter(({ isGrown }) => isGrown);
  if (grown.length === 0) return;
  for (const { incident } of grown) {
    // The case may be gone by now, or may have grown.
    let target: IncidentCase | undefined = book.cases.get(incident.id);
    while (target !== undefined) target = mergeOne(book, target, context);
  }
  mergeAroundHubs(book, context);
  for (const target of grown) target.isGrown = false;
}

/** Merges the case with another one; the merged case, or undefined when there is nothing to merge with. */
function mergeOne(book: CaseBook, target: IncidentCase, context: CorrelationContext): IncidentCase | undefined {
  for (const other of activeCases(book)) {
    if (other === target) continue;
    const reason = mergeReason(target, other, context);
    if (reason === undefined) continue;
    const [older, younger] = isOlder(target, other) ? [target, other] : [other, target];
    if (younger.incident.revision > 0 && older.absorbed.length >= absorbedMax) continue;
    absorb(book, older, { younger, reason, context });
    return older;
  }
  return undefined;
}

/** What people know of is older than what they do not know of; then the first to open, to begin, by id. */
function isOlder(a: IncidentCase, b: IncidentCase): boolean {
  if ((a.incident.revision === 0) !== (b.incident.revision === 0)) return a.incident.revision > 0;
  if (a.incident.openedAt !== b.incident.openedAt) return a.incident.openedAt < b.incident.openedAt;
  return a.coreFrom === b.coreFrom ? a.incident.id < b.incident.id : a.coreFrom < b.coreFrom;
}

function mergeReason(a: IncidentCase, b: IncidentCase, context: CorrelationContext): string | undefined {
  const { settings, neighbourhood, corrections } = context;
  const isNew = a.incident.revision === 0 || b.incident.revision === 0;
  const apartMs = isNew
    ? gapMs(stretchOfCase(a, settings), stretchOfCase(b, settings))
    : Math.abs(a.coreFrom - b.coreFrom);
  if (apartMs > settings.windowMs) return undefined;
  const said = corrections.betweenCases(a, b);
  if (said !== undefined) return said.kind === 'apart' ? undefined : correctionWords(said);
  const touching = touchingAssets(a, b, { neighbourhood, isNew });
  if (touching !== undefined) return touching;
  const alike = likenessOfCases(a, b);
  const isApart = [a, b].every(({ incident }) => incident.assets.some((asset) => neighbourhood.isLinked(asset)));
  const pointsMin = isApart ? likenessMin.apart : likenessMin.unknown;
  const isSoon = Math.abs(a.coreFrom - b.coreFrom) <= settings.likenessMs;
  return isSoon && alike.points >= pointsMin ? alike.reasons.join(', ') : undefined;
}

function touchingAssets(
  a: IncidentCase,
  b: IncidentCase,
  { neighbourhood, isNew }: { readonly neighbourhood: Neighbourhood; readonly isNew: boolean },
): string | undefined {
  const [small, big] = a.incident.assets.length <= b.incident.assets.length ? [a, b] : [b, a];
  const others = new Set(big.incident.assets);
  for (const asset of small.incident.assets) {
    if (others.has(asset)) return `both affect ${asset}`;
    const near = isNew ? [...neighbourhood.within(asset).keys()] : neighbourhood.adjacent(asset);
    const found = near.find((candidate) => others.has(candidate));
    if (found !== undefined) return `${asset} and ${found} are ${isNew ? 'near each other' : 'connected'}`;
  }
  return undefined;
}

/** Compares the smaller by each of its assets and all of its labels. Only alerts have words. */
function likenessOfCases(a: IncidentCase, b: IncidentCase): Likeness {
  const [small, big] = a.incident.assets.length <= b.incident.assets.length ? [a, b] : [b, a];
  const [asset] = small.incident.assets;
  if (asset === undefined || small.traits.size === 0) return { points: 0, reasons: [] };
  const labels: Record<string, string> = {};
  for (const trait of small.traits) {
    const at = trait.indexOf('=');
    labels[trait.slice(0, at)] ??= trait.slice(at + 1);
  }
  const words = [...small.words].find((text) => big.words.has(text)) ?? [...small.words][0];
  const compared = { assets: big.incident.assets, traits: big.traits, words: big.words };
  return likenessOf({ asset, labels, ...(words === undefined ? {} : { words }) }, compared);
}

/** Many small incidents around one thing that all of them depend on are the trouble of that thing. */
function mergeAroundHubs(book: CaseBook, context: CorrelationContext): void {
  const active = activeCases(book);
  if (active.length < hubCasesMin) return;
  const around = new Map<AssetId, { readonly cases: Set<IncidentCase>; readonly assets: Set<AssetId> }>();
  for (const target of active) {
    for (const asset of target.incident.assets) {
      for (const hub of context.neighbourhood.hubsBelow(asset)) {
        const found = around.get(hub) ?? { cases: new Set<IncidentCase>(), assets: new Set<AssetId>() };
        around.set(hub, found);
        found.cases.add(target);
        found.assets.add(asset);
      }
    }
  }
  // The smallest hub first: it says the most.
  const hubs = [...around].sort(([a], [b]) => context.neighbourhood.edgesOf(a) - context.neighbourhood.edgesOf(b));
  for (const [hub, { cases, assets }] of hubs) {
    const [first, ...others] = [...cases]
      .filter(({ incident }) => book.cases.has(incident.id))
      .sort((a, b) => (isOlder(a, b) ? -1 : 1));
    const edges = context.neighbourhood.edgesOf(hub);
    if (first === undefined || others.length + 1 < hubCasesMin || assets.size < hubShareMin * edges) continue;
    const reason = `${assets.size} of ${edges} that depend on ${hub} are in trouble at once`;
    for (const younger of others) {
      if (Math.abs(first.coreFrom - younger.coreFrom) > context.settings.likenessMs) continue;
      if (context.corrections.betweenCases(first, younger)?.kind === 'apart') continue;
      if (younger.incident.revision > 0 && first.absorbed.length >= absorbedMax) break;
      absorb(book, first, { younger, reason, context });
    }
  }
}

/** Makes all members of the younger case members of the older one. */
function absorb(
  book: CaseBook,
  older: IncidentCase,
  given: { readonly younger: IncidentCase; readonly reason: string; readonly context: CorrelationContext },
): void {
  const { younger, reason, context } = given;
  const from = younger.incident;
  const into = older.incident;
  dropCase(book, from.id);
  for (const [id, member] of younger.members) {
    older.members.set(id, member);
    book.incidentOfAnomaly.set(id, into.id);
  }
  for (const id of from.anomalyIds) book.incidentOfAnomaly.set(id, into.id);
  for (const [fingerprint, state] of younger.alerts.entries()) {
    older.alerts.set(fingerprint, state);
    book.incidentOfAlert.set(fingerprint, into.id);
  }
  for (const [fingerprint, alert] of younger.changedAlerts) older.changedAlerts.set(fingerprint, alert);
  for (const trait of younger.traits) if (older.traits.size < traitsMax) older.traits.add(trait);
  for (const words of younger.words) if (older.words.size < wordsMax) older.words.add(words);
  older.claimedSeverity = worseSeverity(older.claimedSeverity, younger.claimedSeverity);
  older.coreFrom = Math.min(older.coreFrom, younger.coreFrom);
  older.incident = {
    ...into,
    severity: worseSeverity(into.severity, from.severity),
    startedAt: Math.min(into.startedAt, from.startedAt),
    lastSeenAt: Math.max(into.lastSeenAt, from.lastSeenAt),
    assets: [...new Set([...into.assets, ...from.assets])].slice(0, assetsMax),
    anomalyIds: [...new Set([...into.anomalyIds, ...from.anomalyIds])].slice(0, memberIdsMax),
    alertFingerprints: [...new Set([...into.alertFingerprints, ...from.alertFingerprints])].slice(0, memberIdsMax),
    occurrences: into.occurrences + from.occurrences,
  };
  older.named = new Set(older.incident.alertFingerprints);
  older.isTouched = true;
  older.absorbed.push(...younger.absorbed);
  if (from.revision === 0) {
    // Nobody was told of it: its lines become lines of the other one.
    for (const entry of younger.entries) {
      tell(older, entry.reason === undefined ? { ...entry, reason } : entry);
    }
    return;
  }
  tell(older, {
    id: `incident-merged:${from.id}`,
    at: context.now,
    kind: 'incident-merged',
    text: `One with another incident: ${from.title}`,
    reason,
    url: `/api/v1/incidents/${from.id}`,
  });
  tell(younger, {
    id: lifecycleEntryId('incident-resolved', from.revision + 1),
    at: context.now,
    kind: 'incident-merged',
    text: `Goes on in another incident: ${into.title}`,
    reason,
    actor: mergeActor,
    url: `/api/v1/incidents/${into.id}`,
  });
  younger.incident = {
    ...from,
    status: 'resolved',
    resolvedAt: context.now,
    resolvedBy: mergeActor,
    mergedInto: into.id,
  };
  younger.absorbed = [];
  older.absorbed.push(younger);
}
