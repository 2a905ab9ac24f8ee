import type { AssetProfile } from './asset-profile.ts';
import type { DependencyGraph } from './dependency-graph.ts';
import type { Diagnosis } from './diagnosis.ts';
import type { Suspect } from './suspect-score.ts';
import { percentText } from './value-words.ts';

/** Causes told beside the first. */
const TOLD_MAX = 2;
/** A second cause must be surely troubled: this severity in its own class of trouble. */
const SEVERITY_MIN = 8;
/** Share of its own trouble that nothing below may account for; two that do not depend on each other need more. */
const OWN_RELATED = 0.35;
const OWN_APART = 0.6;
/**
 * Two that do not depend on each other share the symptom's trouble: the first leaves so much of it, the other carries so much, and
 * together they carry hardly more than all. Else both are views of one thing, as a service and what its caller sees of it.
 */
const LEFT_BY_FIRST = 0.25;
const CARRIED_BY_OTHER = 0.2;
const TOGETHER_MAX = 1.2;
/** Load that changed so much explains trouble below a troubled caller: retries, or a queue that empties. */
const LOAD_MOVED = 4;
/** Its part of the score of the first: what hardly matters is no second cause. */
const SCORE_MIN = 0.3;

/** Everything that an asset depends on, directly or not. */
function belowOf(graph: DependencyGraph, asset: string): Set<string> {
  const found = new Set<string>();
  const open = [asset];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const { on } of graph.dependenciesOf(next)) {
      if (found.has(on) || on === asset) continue;
      found.add(on);
      open.push(on);
    }
  }
  return found;
}

/** Why two suspects are two causes; undefined where one may explain the other, or a third both. */
function reasonOf(
  [first, other]: readonly [Suspect, Suspect],
  { graph, profiles }: { readonly graph: DependencyGraph; readonly profiles: ReadonlyMap<string, AssetProfile> },
): string | undefined {
  const [a, b] = [first.role, other.role];
  const [belowA, belowB] = [belowOf(graph, a.asset), belowOf(graph, b.asset)];
  if (belowA.has(b.asset) && belowB.has(a.asset)) return undefined;
  // One thing that nobody sees is likelier than two faults at the same time.
  if ([...belowA, ...belowB].some((asset) => !profiles.has(asset) || profiles.get(asset)?.vanished === true))
    return undefined;
  if (belowA.has(b.asset) || belowB.has(a.asset)) {
    const [upper, lower] = belowA.has(b.asset) ? [first, other] : [other, first];
    if (upper.role.own < OWN_RELATED || lower.role.own < OWN_APART) return undefined;
    if (lower.profile.severity('traffic') >= LOAD_MOVED) return undefined;
    return `${upper.role.asset} depends on ${lower.role.asset}, but that accounts for only ${percentText(1 - upper.role.own)} of its trouble, and nothing that ${lower.role.asset} depends on explains its own.`;
  }
  if (a.own < OWN_APART || b.own < OWN_APART) return undefined;
  const [ofA, ofB] = [a.explains ?? 0, b.explains ?? 0];
  if (ofA > 1 - LEFT_BY_FIRST || ofB < CARRIED_BY_OTHER || ofA + ofB > TOGETHER_MAX) return undefined;
  const isShared = [...belowA].some((asset) => belowB.has(asset));
  const together = isShared ? 'what both depend on did not change enough' : 'nothing is known that both depend on';
  return `Neither ${a.asset} nor ${b.asset} depends on the other, ${together}, and they account for ${percentText(ofA)} and ${percentText(ofB)} of the trouble where it is felt.`;
}

function isOwnTrouble({ role, late, newcomer }: Suspect): boolean {
  return (
    role.severity >= SEVERITY_MIN && role.mainClass !== 'traffic' && !late && !newcomer && role.explains !== undefined
  );
}

/**
 * Suspects that are at fault by themselves at the same time as the first: their trouble is clear, the first does not explain it, it
 * does not explain the first, and nothing that both depend on may explain both. Says nothing without a known topology.
 */
export function independentCauses(
  suspects: readonly Suspect[],
  known: { readonly graph: DependencyGraph; readonly profiles: ReadonlyMap<string, AssetProfile> },
): Diagnosis['independentCauses'] {
  const [first, ...others] = suspects;
  if (first === undefined || !isOwnTrouble(first) || (first.role.explains ?? 0) <= 0) return [];
  const told: { readonly suspect: Suspect; readonly why: string }[] = [];
  for (const suspect of others) {
    if (told.length >= TOLD_MAX) break;
    if (!isOwnTrouble(suspect) || suspect.score < SCORE_MIN * first.score) continue;
    const why = reasonOf([first, suspect], known);
    // A third is told when it is independent of the second as well.
    if (why === undefined || told.some((one) => reasonOf([one.suspect, suspect], known) === undefined)) continue;
    told.push({ suspect, why });
  }
  return told.map(({ suspect, why }) => ({ asset: suspect.role.asset, why }));
}
