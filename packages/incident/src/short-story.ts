import type { TimelineEntry } from '@heliosiq/model';
import { type IncidentCase, parseAlertEntryId } from './incident-case.ts';

/** Alerts whose firing, or whose end, one revision tells one by one. */
const toldEachMax = 5;
/** Rules that a line of many alerts names. */
const rulesNamed = 3;

type AlertKind = 'alert-joined' | 'alert-resolved';

const manyWords: Readonly<Record<AlertKind, string>> = { 'alert-joined': 'fired', 'alert-resolved': 'ended' };

/**
 * What the next revision of a case adds to its story. The first alerts are told one by one; of a storm all further ones together,
 * so that its story can be read and costs no more than a quiet one's. Each alert by itself is among the incident's alerts, and
 * by what is stored of it there a redelivery is known.
 */
export function takeStory(target: IncidentCase, revision: number): readonly TimelineEntry[] {
  const { entries } = target;
  if (entries.length <= toldEachMax) return entries;
  const left = new Set<TimelineEntry>();
  const lines: TimelineEntry[] = [];
  for (const kind of ['alert-joined', 'alert-resolved'] as const) {
    const many = entries.filter((entry) => entry.kind === kind).slice(toldEachMax);
    // The line of one would be no shorter.
    if (many.length < 2) continue;
    for (const entry of many) left.add(entry);
    lines.push(lineOfMany(target, kind, { many, revision }));
  }
  return [...entries.filter((entry) => !left.has(entry)), ...lines];
}

function lineOfMany(
  { changedAlerts }: IncidentCase,
  kind: AlertKind,
  { many, revision }: { readonly many: readonly TimelineEntry[]; readonly revision: number },
): TimelineEntry {
  const rules = new Map<string, number>();
  const assets = new Set<string>();
  let at = -Infinity;
  for (const entry of many) {
    at = Math.max(at, entry.at);
    const alert = changedAlerts.get(parseAlertEntryId(entry.id)?.fingerprint ?? '');
    if (alert === undefined) continue;
    assets.add(alert.asset);
    rules.set(alert.rule, (rules.get(alert.rule) ?? 0) + 1);
  }
  const where = assets.size === 1 ? [...assets][0] : `${assets.size} assets`;
  return {
    id: `${kind}:${revision}`,
    at,
    kind,
    text: `${many.length} more alerts ${manyWords[kind]}${assets.size === 0 ? '' : ` on ${where}: ${ruleWords(rules)}`}`,
    count: many.length,
  };
}

/** The rules that fired most, with how often. */
function ruleWords(rules: ReadonlyMap<string, number>): string {
  const byCount = [...rules].toSorted(([, one], [, other]) => other - one);
  const named = byCount.slice(0, rulesNamed).map(([rule, count]) => `${rule} (${count})`);
  const others = byCount.length - named.length;
  return others === 0 ? named.join(', ') : `${named.join(', ')} and ${others} more rule${others === 1 ? '' : 's'}`;
}
