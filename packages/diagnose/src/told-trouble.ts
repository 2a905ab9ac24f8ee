import { alertTroubles, type AlertTrouble } from './alert-evidence.ts';
import type { AssetProfile } from './asset-profile.ts';
import type { Casefile } from './casefile.ts';
import type { ConfidenceInput } from './confidence.ts';
import type { MetricClass } from './metric-semantics.ts';
import { requestTroubles, type RequestTrouble } from './request-evidence.ts';
import { strength } from './severity-strength.ts';

/** What alarms, logs and traces say of one asset, besides its metrics. */
export interface ToldTrouble {
  readonly alerts: AlertTrouble | undefined;
  readonly requests: RequestTrouble | undefined;
  /** 0..1, comparable with the score of metrics. */
  readonly score: number;
}

/** All that is told in one case. */
export interface ToldTroubles {
  of(asset: string): ToldTrouble;
  /** Assets of which something is told. */
  readonly assets: readonly string[];
  /** The best score of any asset, and what it rests on; undefined where nothing was asked. */
  readonly best: ConfidenceInput['told'];
  /** Requests were traced where the trouble is felt, so that the time an asset takes is known apart from what it waits for. */
  readonly isTraced: boolean;
  /** The asset's own requests were traced. */
  hasSpans(asset: string): boolean;
}

/** Decades of surprise, and points of requests, that make half of a whole score. */
const ALERTS_HALF = 3;
const REQUESTS_HALF = 8;
/** Points of a resource that is used up while requests go wrong. */
const RESOURCE_POINTS = 20;
const RESOURCES: readonly MetricClass[] = ['cpu', 'memory', 'disk'];

/** 0..1: how far a resource left its normal beyond what happens anyway. */
function resourceStrain(profile: AssetProfile | undefined): number {
  if (profile === undefined) return 0;
  return Math.max(0, ...RESOURCES.map((metricClass) => 2 * strength(profile.severity(metricClass)) - 1));
}

/** Reads alarms and requests of a casefile. */
export function toldTroubles(casefile: Casefile, profiles: ReadonlyMap<string, AssetProfile>): ToldTroubles {
  const { alerts, steps, ownTimes, edges, classes, target } = casefile;
  const byAlerts =
    alerts === undefined
      ? new Map<string, AlertTrouble>()
      : alertTroubles(alerts, { edges, ...(classes === undefined ? {} : { classes }) });
  const traced = new Set(ownTimes?.map(({ asset }) => asset));
  const isTraced = ownTimes !== undefined && (target === undefined || traced.has(target.asset));
  const byRequests = requestTroubles({ steps: steps ?? [], ownTimes: ownTimes ?? [] });
  const assets = [...new Set([...byAlerts.keys(), ...byRequests.keys(), ...(isTraced ? profiles.keys() : [])])].sort();
  const of: ToldTroubles['of'] = (asset) => {
    const [alarmed, requested] = [byAlerts.get(asset), byRequests.get(asset)];
    const decades = alarmed?.decades ?? 0;
    const points = (requested?.points ?? 0) + (isTraced ? RESOURCE_POINTS * resourceStrain(profiles.get(asset)) : 0);
    const score = 1 - (ALERTS_HALF / (decades + ALERTS_HALF)) * (REQUESTS_HALF / (points + REQUESTS_HALF));
    return { alerts: alarmed, requests: requested, score };
  };
  const score = Math.max(0, ...assets.map((asset) => of(asset).score));
  const by = isTraced ? 'requests' : profiles.size > 0 ? 'beside metrics' : 'alarms';
  const isAsked = isTraced || alerts !== undefined || steps !== undefined;
  return { assets, of, isTraced, hasSpans: (asset) => traced.has(asset), best: isAsked ? { score, by } : undefined };
}
