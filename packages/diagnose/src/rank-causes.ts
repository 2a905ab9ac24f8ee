import { assetProfile, type AssetProfile } from './asset-profile.ts';
import type { Casefile } from './casefile.ts';
import { confidenceOf, verdictOf } from './confidence.ts';
import { dependencyGraph, type DependencyGraph } from './dependency-graph.ts';
import type { Diagnosis } from './diagnosis.ts';
import { metricSemantics, type MetricClass } from './metric-semantics.ts';
import { missingData } from './missing-data.ts';
import { mainTrouble } from './class-weights.ts';
import { roles } from './propagation.ts';
import { quantile } from './robust-statistics.ts';
import { ruledOut } from './ruled-out.ts';
import { hypothesisOf } from './suspect-evidence.ts';
import { scoreSuspect } from './suspect-score.ts';

/** Hypotheses given at most. */
const HYPOTHESES_MAX = 20;
/** Severity at which an asset counts as troubled when the symptom has to be found. */
const TROUBLED = 3;

interface Symptom {
  readonly asset: string | undefined;
  readonly metricClass: MetricClass;
}

/** The asset complained of; where nobody named one, the most troubled asset that nothing troubled depends on. */
function symptomOf(casefile: Casefile, profiles: ReadonlyMap<string, AssetProfile>, graph: DependencyGraph): Symptom {
  const { target } = casefile;
  if (target !== undefined) {
    const profile = profiles.get(target.asset);
    const named = target.metric === undefined ? undefined : metricSemantics(target.metric).metricClass;
    return {
      asset: target.asset,
      metricClass: named ?? (profile === undefined ? 'latency' : mainTrouble(profile, 'latency').metricClass),
    };
  }
  const trouble = [...profiles.values()].map((profile) => ({
    asset: profile.asset,
    ...mainTrouble(profile, 'latency'),
  }));
  const troubled = trouble.filter((one) => one.severity >= TROUBLED);
  const names = new Set(troubled.map((one) => one.asset));
  const tops = troubled.filter((one) => !graph.dependentsOf(one.asset).some((dependent) => names.has(dependent)));
  const [first] = (tops.length > 0 ? tops : troubled).sort(
    (a, b) => b.severity - a.severity || (a.asset < b.asset ? -1 : 1),
  );
  return first === undefined
    ? { asset: undefined, metricClass: 'latency' }
    : { asset: first.asset, metricClass: first.metricClass };
}

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
export function rankCauses(casefile: Casefile): Diagnosis {
  const byAsset = Map.groupBy(casefile.series, (series) => series.asset);
  const profiles = new Map(
    [...byAsset.keys()].sort().map((asset) => [asset, assetProfile(asset, byAsset.get(asset) ?? [], casefile.window)]),
  );
  const graph = dependencyGraph(casefile.edges);
  const symptom = symptomOf(casefile, profiles, graph);
  const symptomProfile = symptom.asset === undefined ? undefined : profiles.get(symptom.asset);
  const symptomChange = symptomProfile?.strongest(symptom.metricClass);
  const context = {
    changes: casefile.changes,
    symptomOnsetMs: symptomChange?.onsetMs ?? casefile.window.faultToMs,
    slackMs: samplingMs(casefile),
    dependentsOf: graph.dependentsOf,
  };
  const suspects = roles(profiles, graph, symptom)
    .flatMap((role) => {
      const profile = profiles.get(role.asset);
      return profile === undefined ? [] : [scoreSuspect(role, profile, context)];
    })
    .sort((a, b) => b.score - a.score || (a.role.asset < b.role.asset ? -1 : 1));
  const counts = [...profiles.values()].flatMap((profile) => profile.changes.map((change) => change.baselineCount));
  const confidence = confidenceOf({
    scores: suspects.map((suspect) => suspect.score),
    symptomSeverity: symptomProfile === undefined ? 0 : symptomProfile.severity(symptom.metricClass),
    topologyKnown: suspects[0]?.role.explains !== undefined,
    baselineCount: quantile(Float64Array.from(counts).sort(), 0.5),
  });
  return {
    ...verdictOf(confidence),
    hypotheses: suspects
      .slice(0, HYPOTHESES_MAX)
      .map((suspect, index) => hypothesisOf(suspect, confidence.causes[index] ?? 0, symptom.asset)),
    ruledOut: ruledOut(suspects, symptom.asset, graph),
    missing: missingData(casefile, profiles, { asset: symptom.asset, graph }),
  };
}
