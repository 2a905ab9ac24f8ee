import type { AssetProfile } from './asset-profile.ts';
import type { Casefile } from './casefile.ts';
import type { DependencyGraph } from './dependency-graph.ts';
import { listText } from './sentences.ts';

/** Names told in one sentence. */
const NAMES_MAX = 5;
const BASELINE_ENOUGH = 8;

function names(assets: readonly string[]): string {
  const shown = assets.slice(0, NAMES_MAX);
  return listText(assets.length > NAMES_MAX ? [...shown, `${assets.length - NAMES_MAX} more`] : shown);
}

/** What would have made the answer surer, most useful first. */
export function missingData(
  casefile: Casefile,
  profiles: ReadonlyMap<string, AssetProfile>,
  symptom: { asset: string | undefined; graph: DependencyGraph },
): string[] {
  const missing: string[] = [];
  if (casefile.series.length === 0) return ['No metric of any asset covers the time of the trouble.'];
  if (casefile.edges.length === 0 && profiles.size > 1)
    missing.push(
      'No topology is known, so cause and consequence cannot be told apart by who calls whom, and no answer is surer than 60%: send traces, or the edges to /api/v1/topology.',
    );
  if (casefile.edges.length === 0 && profiles.size === 1)
    missing.push('Nothing is known of what this asset depends on.');
  const target = casefile.target?.asset;
  if (target !== undefined && !profiles.has(target))
    missing.push(`${target}, where the trouble was noticed, has no metric.`);
  if (symptom.asset !== undefined) {
    const dark: string[] = [];
    const seen = new Set([symptom.asset]);
    const open = [symptom.asset];
    for (let next = open.shift(); next !== undefined; next = open.shift()) {
      for (const { on } of symptom.graph.dependenciesOf(next)) {
        if (seen.has(on)) continue;
        seen.add(on);
        open.push(on);
        if (!profiles.has(on)) dark.push(on);
      }
    }
    if (dark.length > 0)
      missing.push(
        `No metrics of ${names(dark)}, on which ${symptom.asset} depends: send them, or traces through the OTLP door.`,
      );
  }
  if (casefile.isRequestPastUnknown === true)
    missing.push(
      'Traces are known of the trouble and of no time before it, so nobody can tell what is unusual about its requests: send traces through the OTLP door all the time.',
    );
  const young = [...profiles.values()]
    .filter((profile) => profile.changes.every((change) => change.baselineCount < BASELINE_ENOUGH))
    .map((profile) => profile.asset)
    .sort();
  if (young.length > 0)
    missing.push(`Too little normal past (fewer than ${BASELINE_ENOUGH} samples) of ${names(young)}.`);
  const silent = [...profiles.values()]
    .filter((profile) => profile.vanished)
    .map((profile) => profile.asset)
    .sort();
  if (silent.length > 0) missing.push(`No sample during the trouble from ${names(silent)}.`);
  if (casefile.changes.length === 0)
    missing.push(
      'No deploys or configuration changes are recorded: send them to /api/v1/signals as signals of the kind change.',
    );
  return missing;
}
