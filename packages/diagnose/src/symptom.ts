import type { AssetProfile } from './asset-profile.ts';
import type { Casefile } from './casefile.ts';
import { mainTrouble } from './class-weights.ts';
import type { DependencyGraph } from './dependency-graph.ts';
import { hurts } from './detected-change.ts';
import { metricSemantics, type MetricClass } from './metric-semantics.ts';

/** Where the trouble is felt, and as what. */
export interface Symptom {
  readonly asset: string | undefined;
  readonly metricClass: MetricClass;
}

/** Severity at which an asset counts as troubled when the symptom has to be found. */
const TROUBLED = 3;
/** Another place must be so much more troubled than the given one before it is taken instead. */
const CLEARLY_MORE = 1.5;
/** Or so many times as many failed requests, or seconds added. */
const MUCH_MORE = 3;

interface TroubledAsset {
  readonly asset: string;
  readonly metricClass: MetricClass;
  readonly severity: number;
}

/** Everything that can be reached from some assets step by step, without these. */
function reachOf(assets: Iterable<string>, steps: (asset: string) => readonly string[]): Set<string> {
  const start = [...assets];
  const found = new Set(start);
  const open = [...start];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const asset of steps(next)) {
      if (found.has(asset)) continue;
      found.add(asset);
      open.push(asset);
    }
  }
  for (const asset of start) found.delete(asset);
  return found;
}

/** Assets of which none that depends on them, directly or not, is in the list too. */
function tops(troubled: readonly TroubledAsset[], graph: DependencyGraph): TroubledAsset[] {
  const names = new Set(troubled.map((one) => one.asset));
  return troubled.filter(({ asset }) => ![...reachOf([asset], graph.dependentsOf)].some((other) => names.has(other)));
}

/** What users would feel of an asset: slowness or errors, whichever is worse. */
function feltAt(profile: AssetProfile): TroubledAsset {
  const [latency, errors] = [profile.severity('latency'), profile.severity('errors')];
  return errors > latency
    ? { asset: profile.asset, metricClass: 'errors', severity: errors }
    : { asset: profile.asset, metricClass: 'latency', severity: latency };
}

const bySeverity = (a: TroubledAsset, b: TroubledAsset): number =>
  b.severity - a.severity || (a.asset < b.asset ? -1 : 1);

/**
 * Where to explain the trouble from. People's complaint is taken as it is. What a detector noticed is looked at from the asset
 * above it that users feel most, when that stands above no less of it and is clearly more troubled than the asset given or sees far
 * more failed or slow requests: the given one may be a caller with few. Where nothing was named, the most troubled asset that nothing troubled depends on.
 */
export function symptomOf(
  casefile: Casefile,
  profiles: ReadonlyMap<string, AssetProfile>,
  graph: DependencyGraph,
): Symptom {
  const { target } = casefile;
  if (target === undefined) {
    const trouble = [...profiles.values()].map((profile) => ({
      asset: profile.asset,
      ...mainTrouble(profile, 'latency'),
    }));
    const troubled = trouble.filter((one) => one.severity >= TROUBLED);
    const roots = tops(troubled, graph);
    const [first] = (roots.length > 0 ? roots : troubled).sort(bySeverity);
    return { asset: first?.asset, metricClass: first?.metricClass ?? 'latency' };
  }
  const profile = profiles.get(target.asset);
  const named = target.metric === undefined ? undefined : metricSemantics(target.metric).metricClass;
  const metricClass = named ?? (profile === undefined ? 'latency' : mainTrouble(profile, 'latency').metricClass);
  const given = { asset: target.asset, metricClass, severity: profile?.severity(metricClass) ?? 0 };
  const detected = new Set((casefile.detections ?? []).filter(hurts).map(({ asset }) => asset));
  const concerned = new Set([...detected, ...reachOf(detected, graph.dependentsOf)]);
  /** Detected assets below one, without the two that are compared. */
  const coverage = (asset: string, other: string): number => {
    const below = reachOf([asset], (one) => graph.dependenciesOf(one).map(({ on }) => on));
    return [...detected].filter((one) => one !== other && below.has(one)).length;
  };
  const candidates = tops(
    [...concerned].flatMap((asset) => {
      const one = profiles.get(asset);
      const felt = one === undefined ? undefined : feltAt(one);
      return felt === undefined || felt.severity < TROUBLED ? [] : [felt];
    }),
    graph,
  ).filter(({ asset }) => coverage(asset, given.asset) >= coverage(given.asset, asset));
  const excessOf = ({ asset, metricClass: felt }: TroubledAsset): number =>
    felt === 'latency' || felt === 'errors' ? (profiles.get(asset)?.excess(felt) ?? 0) : 0;
  const [most] = candidates
    .filter((one) => one.metricClass === given.metricClass && excessOf(one) > MUCH_MORE * excessOf(given))
    .sort((a, b) => excessOf(b) - excessOf(a) || bySeverity(a, b));
  if (most !== undefined) return most;
  const [worst] = candidates.sort(bySeverity);
  return worst !== undefined && worst.severity > CLEARLY_MORE * given.severity ? worst : given;
}
