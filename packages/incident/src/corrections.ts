import type { Alert, Anomaly, AssetId, IncidentCorrection } from '@heliosiq/model';
import type { IncidentCase } from './incident-case.ts';

/** What people said about grouping, ready to be asked. */
export interface Corrections {
  /** What the newest correction says of a thing and a case; undefined when none speaks of both. */
  between(thingKeys: readonly string[], target: IncidentCase): IncidentCorrection | undefined;
  /** The same of two cases. */
  betweenCases(a: IncidentCase, b: IncidentCase): IncidentCorrection | undefined;
  /** The same of two things. */
  betweenThings(keys: readonly string[], otherKeys: readonly string[]): IncidentCorrection | undefined;
}

/** Corrections that are remembered; older ones are forgotten. */
export const correctionsMax = 500;
const alertKeysMax = 200;
const assetKeysMax = 100;
const seriesKeysMax = 100;

/** Names by which corrections know an alert and an anomaly. */
export function keysOfAlert({ fingerprint, asset }: Pick<Alert, 'fingerprint' | 'asset'>): readonly string[] {
  return [`alert:${fingerprint}`, `asset:${asset}`];
}

export function keysOfAnomaly({ series }: Pick<Anomaly, 'series'>): readonly string[] {
  return [`series:${series.id}`, `asset:${series.asset}`];
}

/** Names of many things for one side of a correction, as many as one holds. */
export function correctionKeys(things: {
  readonly fingerprints: readonly string[];
  readonly seriesIds: readonly string[];
  readonly assets: readonly AssetId[];
}): string[] {
  return [
    ...things.fingerprints.slice(0, alertKeysMax).map((fingerprint) => `alert:${fingerprint}`),
    ...[...new Set(things.seriesIds)].slice(0, seriesKeysMax).map((id) => `series:${id}`),
    ...things.assets.slice(0, assetKeysMax).map((asset) => `asset:${asset}`),
  ];
}

/** Why a correction decides, in words. */
export function correctionWords({ actor, at, kind }: IncidentCorrection): string {
  const day = new Date(at).toISOString().slice(0, 10);
  return `${actor} ${kind === 'together' ? 'put them together' : 'took them apart'} on ${day}`;
}

/** Indexes corrections, given newest first. */
export function createCorrections(corrections: readonly IncidentCorrection[]): Corrections {
  const bySide = new Map<string, { readonly rank: number; readonly others: readonly string[] }[]>();
  for (const [rank, { left, right }] of corrections.entries()) {
    for (const [keys, others] of [
      [left, right],
      [right, left],
    ] as const) {
      for (const key of keys) {
        const list = bySide.get(key);
        if (list === undefined) bySide.set(key, [{ rank, others }]);
        else list.push({ rank, others });
      }
    }
  }

  function decide(keys: Iterable<string>, has: (key: string) => boolean): IncidentCorrection | undefined {
    if (bySide.size === 0) return undefined;
    let newest: number | undefined;
    for (const key of keys) {
      for (const { rank, others } of bySide.get(key) ?? []) {
        if (newest !== undefined && rank >= newest) break;
        if (others.some(has)) newest = rank;
      }
    }
    return newest === undefined ? undefined : corrections[newest];
  }

  return {
    between: (thingKeys, target) => decide(thingKeys, (key) => holds(target, key)),
    betweenCases: (a, b) => decide(keysOfCase(a), (key) => holds(b, key)),
    betweenThings: (keys, otherKeys) => decide(keys, (key) => otherKeys.includes(key)),
  };
}

function* keysOfCase({ incident, alerts, members }: IncidentCase): Generator<string> {
  for (const asset of incident.assets) yield `asset:${asset}`;
  for (const fingerprint of alerts.fingerprints()) yield `alert:${fingerprint}`;
  for (const { series } of members.values()) yield `series:${series.id}`;
}

function holds({ incident, alerts, members }: IncidentCase, key: string): boolean {
  const at = key.indexOf(':');
  const name = key.slice(at + 1);
  const kind = key.slice(0, at);
  if (kind === 'alert') return alerts.has(name);
  if (kind === 'asset') return incident.assets.some((asset) => asset === name);
  for (const { series } of members.values()) if (series.id === name) return true;
  return false;
}
