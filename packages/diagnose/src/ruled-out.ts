import type { DependencyGraph } from './dependency-graph.ts';
import type { Diagnosis } from './diagnosis.ts';
import { spreadText } from './sentences.ts';
import type { Suspect } from './suspect-score.ts';
import { percentText } from './value-words.ts';

/** A change this severe makes an asset conspicuous, so that its acquittal needs a reason. */
const CONSPICUOUS = 4;
const RULED_OUT_MAX = 10;

/** True when trouble at `asset` can reach `symptom` only the wrong way: `asset` depends on it, directly or not. */
function dependsOn(graph: DependencyGraph, asset: string, symptom: string): boolean {
  const seen = new Set([asset]);
  const open = [asset];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const { on } of graph.dependenciesOf(next)) {
      if (on === symptom) return true;
      if (!seen.has(on)) open.push(on);
      seen.add(on);
    }
  }
  return false;
}

function reasonAgainst(
  suspect: Suspect,
  best: Suspect,
  symptom: string | undefined,
  graph: DependencyGraph,
): string | undefined {
  const { role } = suspect;
  const { asset } = role;
  if (symptom !== undefined && asset !== symptom && dependsOn(graph, asset, symptom)) {
    return `It depends on ${symptom}, so its trouble is a consequence, not a cause.`;
  }
  if (symptom !== undefined && role.explains === 0) return `Nothing known leads from ${symptom} down to it.`;
  if (role.explainedBy !== undefined && role.own < 0.5) {
    return `${role.explainedBy.asset}, which it depends on, accounts for ${percentText(role.explainedBy.share)} of its trouble.`;
  }
  if (suspect.newcomer) return 'It was not in use before the fault; its one caller took it up.';
  if (role.explains !== undefined && best.role.explains !== undefined && role.explains < 0.6 * best.role.explains) {
    const together = graph.dependentsOf(asset).find((caller) => graph.dependentsOf(best.role.asset).includes(caller));
    const share = `It accounts for ${percentText(role.explains)} of the trouble at ${symptom ?? 'the symptom'}, ${best.role.asset} for ${percentText(best.role.explains)}`;
    return together === undefined ? `${share}.` : `${share}; both are called by ${together}.`;
  }
  if (suspect.late) return 'It changed only after the symptom did.';
  return undefined;
}

/** Conspicuous assets that are not the answer, with the reason why not; the most conspicuous first. */
export function ruledOut(
  suspects: readonly Suspect[],
  symptom: string | undefined,
  graph: DependencyGraph,
): Diagnosis['ruledOut'] {
  const [best, ...others] = suspects;
  if (best === undefined) return [];
  return others
    .filter((suspect) => suspect.role.severity >= CONSPICUOUS)
    .sort((a, b) => b.role.severity - a.role.severity || (a.role.asset < b.role.asset ? -1 : 1))
    .flatMap((suspect) => {
      const why = reasonAgainst(suspect, best, symptom, graph);
      return why === undefined
        ? []
        : [
            {
              asset: suspect.role.asset,
              why: `${why} (It changed by ${spreadText(suspect.role.severity)}.)`,
            },
          ];
    })
    .slice(0, RULED_OUT_MAX);
}
