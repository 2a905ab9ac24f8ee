import type { AssetProfile } from './asset-profile.ts';
import { assetAnomalyScore } from './asset-anomalies.ts';
import type { AssetAnomaly, PastCause, RecordedChange } from './casefile.ts';
import { nearestChange, type NearChange } from './change-proximity.ts';
import type { Role } from './propagation.ts';
import { strength } from './severity-strength.ts';
import type { ToldTrouble, ToldTroubles } from './told-trouble.ts';

/** One asset as a suspect, with every factor of its score. */
export interface Suspect {
  readonly role: Role;
  readonly profile: AssetProfile;
  readonly score: number;
  /** What alarms, logs and traces say of it. */
  readonly told: ToldTrouble;
  readonly onsetMs: number | null;
  readonly change: NearChange | undefined;
  /** Its trouble began clearly after the symptom's. */
  readonly late: boolean;
  /** It was the cause of incidents like this one, people said; the most telling first. */
  readonly pastCauses: readonly PastCause[];
  /** What detectors say of all its series together. */
  readonly assetAnomalies: readonly AssetAnomaly[];
  /** Nobody but one caller uses it, and that only since the fault: its being there is the caller's doing. */
  readonly newcomer: boolean;
}

/** What every suspect is held against. */
export interface ScoreContext {
  readonly changes: readonly RecordedChange[];
  /** Onset of the symptom, or the start of the fault window; how coarse onsets are known. Milliseconds. */
  readonly symptomOnsetMs: number;
  readonly slackMs: number;
  /** What alarms, logs and traces say. */
  readonly told: ToldTroubles;
  /** What people said of similar incidents. */
  readonly pastCauses: readonly PastCause[];
  /** What detectors say of whole assets. */
  readonly assetAnomalies: readonly AssetAnomaly[];
  /** Callers and wholes of an asset. */
  dependentsOf(asset: string): readonly string[];
}

/** Weight of metrics where requests tell what an asset does apart from what it waits for. */
const METRICS_BESIDE_REQUESTS = 0.25;
/** What a person's word on a very similar incident of late adds at most, as a part of what is seen now and of what is left to 1. */
const MEMORY_WORTH = 0.6;
/** Share of the symptom a suspect is credited with where topology cannot tell. */
const EXPLAINS_UNKNOWN = 0.45;
/** The same where an inferred way leads to it: a little more, and less than any declared way that carries as much. */
const EXPLAINS_INFERRED = 0.55;

/** When the asset's main trouble began: the earliest onset among clear changes of its main class. */
function onsetOf(role: Role, profile: AssetProfile): number | null {
  let earliest: number | null = null;
  const enough = Math.max(2, profile.severity(role.mainClass) / 2);
  for (const change of profile.changes) {
    if (change.semantics.metricClass !== role.mainClass || change.severity < enough || change.onsetMs === null)
      continue;
    if (earliest === null || change.onsetMs < earliest) earliest = change.onsetMs;
  }
  return earliest;
}

/** 0..1: how much earlier words on an asset count; memory speaks for what is seen now and never alone. */
function memoryOf(pastCauses: readonly PastCause[]): number {
  return MEMORY_WORTH * Math.max(0, ...pastCauses.map(({ likeness, freshness }) => likeness * freshness));
}

/**
 * Scores one suspect in 0..1: strength of its change, times the share of it that is its own, times the share of the
 * symptom it explains; less for a late onset or a newcomer, more for a recorded change just before the onset. What alarms, logs
 * and traces say is joined as an independent witness.
 */
export function scoreSuspect(role: Role, profile: AssetProfile, context: ScoreContext): Suspect {
  const assetAnomalies = context.assetAnomalies.filter(({ asset }) => asset === role.asset);
  const onsetMs = onsetOf(role, profile) ?? assetAnomalies[0]?.startedMs ?? null;
  const change = nearestChange(context.changes, role.asset, {
    atMs: onsetMs ?? context.symptomOnsetMs,
    slackMs: context.slackMs,
  });
  const late = onsetMs !== null && onsetMs > context.symptomOnsetMs + context.slackMs;
  const newcomer = profile.appeared && context.dependentsOf(role.asset).length === 1;
  const explains = role.explains ?? (role.inferredPath.length > 1 ? EXPLAINS_INFERRED : EXPLAINS_UNKNOWN);
  let score = strength(role.severity) * (0.02 + 0.98 * role.own) * (0.05 + 0.95 * explains);
  if (late) score *= 0.75;
  if (newcomer) score *= 0.3;
  if (role.newDependencies.length > 0) score += (1 - score) * 0.1 * strength(role.severity);
  if (change !== undefined)
    score += (1 - score) * 0.5 * change.proximity * (0.15 + 0.85 * strength(role.severity)) * (0.1 + 0.9 * role.own);
  score += (1 - score) * assetAnomalyScore(assetAnomalies) * (0.02 + 0.98 * role.own) * (0.05 + 0.95 * explains);
  const told = context.told.of(role.asset);
  const isBesideRequests = context.told.isTraced && context.told.hasSpans(role.asset);
  const measured = score * (isBesideRequests ? METRICS_BESIDE_REQUESTS : 1);
  const pastCauses = context.pastCauses.filter(({ asset }) => asset === role.asset);
  const seen = 1 - (1 - measured) * (1 - told.score);
  const joined = seen + (1 - seen) * memoryOf(pastCauses) * seen;
  return { role, profile, told, score: joined, onsetMs, change, late, newcomer, pastCauses, assetAnomalies };
}
