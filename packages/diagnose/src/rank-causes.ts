import { asExperienceAllows } from './answer-reliability.ts';
import { assetProfile } from './asset-profile.ts';
import type { Casefile } from './casefile.ts';
import { confidenceOf, verdictOf } from './confidence.ts';
import { dependencyGraph } from './dependency-graph.ts';
import type { Diagnosis } from './diagnosis.ts';
import { missingData } from './missing-data.ts';
import { nextChecks } from './next-checks.ts';
import { fromOnset } from './noticed-onset.ts';
import { detectionsBySeries, pooledDecades } from './detected-change.ts';
import { roles } from './propagation.ts';
import { quantile } from './robust-statistics.ts';
import { independentCauses } from './independent-causes.ts';
import { inferEdges, inferredWays, tracedEdges } from './inferred-edges.ts';
import { ruledOut } from './ruled-out.ts';
import { hypothesisOf, type SuspectFrame } from './suspect-evidence.ts';
import { scoreSuspect } from './suspect-score.ts';
import { symptomOf } from './symptom.ts';
import { toldTroubles } from './told-trouble.ts';

/** Hypotheses given at most. */
const HYPOTHESES_MAX = 20;
/** Sampling interval of the fault window: the median distance of neighbouring samples; the window itself when unknown. */
function samplingMs(casefile: Casefile): number {
  const gaps: number[] = [];
  for (const { fault } of casefile.series) {
    const times = fault.timesMs.toSorted();
    for (let index = 1; index < times.length; index++) {
      const gap = (times[index] ?? 0) - (times[index - 1] ?? 0);
      if (gap > 0) gaps.push(gap);
    }
  }
  return gaps.length > 0
    ? quantile(Float64Array.from(gaps).sort(), 0.5)
    : casefile.window.faultToMs - casefile.window.faultFromMs;
}

/**
 * Ranks the causes of one incident from its casefile. Pure and deterministic: the same facts in any order give the
 * same answer. Never throws for thin data; it says what is missing and answers `inconclusive` or `no-fault` instead.
 */
export function rankCauses(given: Casefile): Diagnosis {
  const casefile = fromOnset(given);
  const byAsset = Map.groupBy(casefile.series, (series) => series.asset);
  const detections = casefile.detections ?? [];
  const assetAnomalies = casefile.assetAnomalies ?? [];
  const frame = { window: casefile.window, detectionOf: detectionsBySeries(detections), assetAnomalies };
  const measured = new Map(
    [...byAsset.keys()].sort().map((asset) => [asset, assetProfile(asset, byAsset.get(asset) ?? [], frame)]),
  );
  const graph = dependencyGraph(casefile.edges);
  const told = toldTroubles(casefile, measured);
  const profiles = new Map(
    [...new Set([...measured.keys(), ...told.assets])]
      .sort()
      .map((asset) => [asset, measured.get(asset) ?? assetProfile(asset, [], frame)]),
  );
  const symptom = symptomOf(casefile, profiles, graph);
  const symptomProfile = symptom.asset === undefined ? undefined : profiles.get(symptom.asset);
  const symptomChange = symptomProfile?.strongest(symptom.metricClass);
  const context = {
    changes: casefile.changes,
    symptomOnsetMs: symptomChange?.onsetMs ?? casefile.window.faultToMs,
    slackMs: samplingMs(casefile),
    told,
    pastCauses: casefile.pastCauses ?? [],
    assetAnomalies,
    dependentsOf: graph.dependentsOf,
  };
  const lagged = inferEdges(casefile, profiles, { graph, symptom: symptom.asset });
  const ways = inferredWays(lagged, symptom.asset);
  const suspects = roles(profiles, graph, symptom)
    .flatMap((role) => {
      const profile = profiles.get(role.asset);
      const inferredPath = ways.get(role.asset) ?? [];
      return profile === undefined ? [] : [scoreSuspect({ ...role, inferredPath }, profile, context)];
    })
    .sort((a, b) => b.score - a.score || (a.role.asset < b.role.asset ? -1 : 1));
  const counts = [...profiles.values()].flatMap((profile) => profile.changes.map((change) => change.baselineCount));
  const independent = independentCauses(suspects, { graph, profiles });
  const confidence = confidenceOf({
    scores: suspects.map((suspect) => suspect.score),
    symptomSeverity: symptomProfile === undefined ? 0 : symptomProfile.severity(symptom.metricClass),
    topologyKnown: suspects[0]?.role.explains !== undefined,
    echo: suspects[0]?.role.echo,
    isFeltAtFirst: suspects[0] !== undefined && suspects[0].role.asset === symptom.asset,
    detectedDecades: pooledDecades(detections),
    ...(told.best === undefined ? {} : { told: told.best }),
    ...(independent.length === 0
      ? {}
      : {
          independent: [0, ...independent.map(({ asset }) => suspects.findIndex(({ role }) => role.asset === asset))],
        }),
    baselineCount: counts.length === 0 ? Number.POSITIVE_INFINITY : quantile(Float64Array.from(counts).sort(), 0.5),
  });
  const inferred = [...lagged, ...tracedEdges(casefile.edges)];
  const frameOf = (asset: string): SuspectFrame => {
    const dependencies = graph.dependenciesOf(asset);
    const measured = dependencies.filter(({ on }) => profiles.has(on)).length;
    return { symptomAsset: symptom.asset, dependencies: { known: dependencies.length, measured }, inferred };
  };
  const verdict = verdictOf(confidence, { isAllLookedAt: casefile.isRequestPastUnknown !== true });
  const diagnosis: Diagnosis = {
    ...verdict,
    symptom: symptom.asset === undefined ? undefined : { asset: symptom.asset, metricClass: symptom.metricClass },
    hypotheses: suspects
      .slice(0, HYPOTHESES_MAX)
      .map((suspect, index) => hypothesisOf(suspect, confidence.causes[index] ?? 0, frameOf(suspect.role.asset))),
    independentCauses: verdict.verdict === 'no-fault' ? [] : independent,
    inferredEdges: inferred,
    ruledOut: ruledOut(suspects, symptom.asset, graph).filter(
      ({ asset }) => !independent.some((one) => one.asset === asset),
    ),
    nextChecks: nextChecks(suspects, { verdict: verdict.verdict, independent }),
    missing: missingData(casefile, profiles, { asset: symptom.asset, graph }),
  };
  return asExperienceAllows(diagnosis, casefile.reliability);
}
