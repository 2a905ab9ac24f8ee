import type { Incident, KnownCause, Reliability, TenantId } from '@heliosiq/model';
import type { DiagnosisStore } from '@heliosiq/ports';
import { reliabilityOf } from './answer-reliability.ts';
import type { PastCause } from './casefile.ts';

/** Marks read, the newest, and of these those that are told. */
export const KNOWN_CAUSES_READ = 500;
const TOLD_MAX = 5;
/** A mark loses half of its weight in this time. */
const HALF_LIFE_MS = 90 * 86_400_000;
/** Incidents less alike than this, and marks fainter, tell nothing. */
const LIKENESS_MIN = 0.3;
const FRESHNESS_MIN = 0.05;
/** Parts of likeness: where it is felt, as what, and what takes part. */
const ENTRY_ASSET = 0.35;
const ENTRY_METRIC = 0.15;
const SAME_ASSETS = 0.5;

/** 0..1: how alike two incidents are by where they are felt and which assets take part (Jaccard). */
function likenessOf(one: Pick<KnownCause, 'entry' | 'assets'>, other: Pick<KnownCause, 'entry' | 'assets'>): number {
  const [mine, theirs] = [new Set(one.assets), new Set(other.assets)];
  const all = mine.union(theirs).size;
  const shared = all === 0 ? 0 : mine.intersection(theirs).size / all;
  const isFeltThere = one.entry !== undefined && one.entry.asset === other.entry?.asset;
  const isFeltSo = isFeltThere && one.entry?.metric === other.entry?.metric;
  return SAME_ASSETS * shared + (isFeltThere ? ENTRY_ASSET : 0) + (isFeltSo ? ENTRY_METRIC : 0);
}

/** What people said of earlier incidents: the causes of those that are like this one, and how often answers were right. */
export interface Experience {
  /** The most telling first. */
  readonly causes: readonly PastCause[];
  /** Absent where nobody told a cause of an incident that had an answer. */
  readonly reliability?: Reliability;
}

/** What people said of incidents that began before this one. The age of a word counts from this incident's beginning. */
export async function gatherExperience(
  store: Pick<DiagnosisStore, 'knownCauses'>,
  { tenantId, incident }: { readonly tenantId: TenantId; readonly incident: Incident },
): Promise<Experience> {
  const known = await store.knownCauses(tenantId, { limit: KNOWN_CAUSES_READ });
  const earlier = known.filter(
    ({ incidentId, startedAt }) => incidentId !== incident.id && startedAt <= incident.startedAt,
  );
  const reliability = reliabilityOf(earlier);
  return { causes: similarCauses(earlier, incident), ...(reliability.answers === 0 ? {} : { reliability }) };
}

/** Causes of incidents like this one, the most telling first. */
function similarCauses(earlier: readonly KnownCause[], incident: Incident): PastCause[] {
  return earlier
    .map(({ incidentId, title, asset, fault, markedAt, startedAt, entry, assets }): PastCause => {
      const ageMs = Math.max(0, incident.startedAt - startedAt);
      const likeness = likenessOf({ ...(entry === undefined ? {} : { entry }), assets }, incident);
      return {
        incidentId,
        title,
        asset,
        fault,
        markedAtMs: markedAt,
        likeness,
        freshness: 2 ** -(ageMs / HALF_LIFE_MS),
      };
    })
    .filter(({ likeness, freshness }) => likeness >= LIKENESS_MIN && freshness >= FRESHNESS_MIN)
    .sort((a, b) => b.likeness * b.freshness - a.likeness * a.freshness || (a.incidentId < b.incidentId ? -1 : 1))
    .slice(0, TOLD_MAX);
}
