/** Telemetry insights, written once a day from rollups. */

import type { TenantId } from '@heliosiq/model';
import type {
  DiagnosisStore,
  GoldFacts,
  IncidentStore,
  Lease,
  Library,
  Logger,
  Service,
  StateStore,
  TenantStore,
  TopologyStore,
} from '@heliosiq/ports';
import { assetInsight, classInsight } from './insight-document.ts';
import type { AssetInsight, InsightIncident } from './insight-document.ts';
import { runLeasedRounds } from './leased-rounds.ts';

export interface InsightFeedDeps {
  readonly facts: GoldFacts;
  readonly topology: TopologyStore;
  readonly incidents: Pick<IncidentStore, 'find'>;
  readonly diagnoses: Pick<DiagnosisStore, 'latest'>;
  readonly library: Pick<Library, 'add'>;
  readonly states: StateStore;
  readonly tenants: Pick<TenantStore, 'tenants'>;
  readonly lease: Lease;
  readonly logger: Logger;
  readonly now: () => number;
}

const SCOPE = 'knowledge-insight';
const DAY_MS = 86_400_000;
const DAYS = 28;
/** Assets that get a document of their own; of more, the first by name. */
const ASSETS_MAX = 500;
const CLASSES_MAX = 50;
const INCIDENTS_MAX = 500;
const FIRST_ROUND_MS = 600_000;
const ROUND_MS = 3_600_000;
const LEASE_MS = 3_600_000;
const LEASE_NAME = 'knowledge-insight-feed';

/** Writes the documents of one tenant from the days that are over; gives how many. Assets without rollups have none. */
export async function writeInsights(
  deps: Omit<InsightFeedDeps, 'states' | 'tenants' | 'lease' | 'logger'>,
  tenantId: TenantId,
  signal: AbortSignal,
): Promise<number> {
  const to = Math.floor(deps.now() / DAY_MS) * DAY_MS;
  const range = { from: to - DAYS * DAY_MS, to };
  const { assets } = await deps.topology.get(tenantId);
  const incidents = await pastIncidents(deps, tenantId, range.from);
  const classes = new Map<string, Pick<AssetInsight, 'asset' | 'features' | 'incidents'>[]>();
  let written = 0;
  for (const { id: asset, class: assetClass } of assets.slice(0, ASSETS_MAX)) {
    signal.throwIfAborted();
    const features = await deps.facts.features(tenantId, asset, range);
    if (features.length === 0) continue;
    const own = incidents.filter(({ incident }) => incident.assets.includes(asset));
    await deps.library.add(tenantId, assetInsight({ asset, class: assetClass, features, incidents: own, range }));
    written += 1;
    if (assetClass === undefined || (!classes.has(assetClass) && classes.size === CLASSES_MAX)) continue;
    classes.set(assetClass, [...(classes.get(assetClass) ?? []), { asset, features, incidents: own }]);
  }
  for (const [assetClass, members] of classes) {
    if (members.length < 2) continue;
    await deps.library.add(tenantId, classInsight(assetClass, members, range));
    written += 1;
  }
  return written;
}

/** Writes every tenant's insights when a day is over; of several programs one does. */
export function createInsightFeed(deps: InsightFeedDeps): Service {
  const { lease, logger, states, tenants, now } = deps;

  async function writeOnceADay(tenantId: TenantId, signal: AbortSignal): Promise<void> {
    const day = new Date(now()).toISOString().slice(0, 10);
    const [last] = await states.get(tenantId, SCOPE, ['day']);
    if (last !== undefined && new TextDecoder().decode(last.bytes) === day) return;
    const written = await writeInsights(deps, tenantId, signal);
    await states.put(tenantId, SCOPE, [{ key: 'day', bytes: new TextEncoder().encode(day) }]);
    if (written > 0) logger.info({ tenantId, written }, 'telemetry insights written');
  }

  return {
    name: 'telemetry-insights',
    run: (signal) =>
      runLeasedRounds(
        // The first minutes of a program are for what waits in the log and for the rollups of yesterday.
        { lease, name: LEASE_NAME, leaseMs: LEASE_MS, everyMs: ROUND_MS, firstAfterMs: FIRST_ROUND_MS },
        async () => {
          for (const { id } of await tenants.tenants()) {
            if (signal.aborted) break;
            await writeOnceADay(id, signal).catch((error: unknown) => {
              if (!signal.aborted) throw error;
            });
          }
          return undefined;
        },
        signal,
      ),
  };
}

async function pastIncidents(
  { incidents, diagnoses }: Pick<InsightFeedDeps, 'incidents' | 'diagnoses'>,
  tenantId: TenantId,
  since: number,
): Promise<readonly InsightIncident[]> {
  const found = await incidents.find(tenantId, { updatedSince: since, isMerged: false }, { limit: INCIDENTS_MAX });
  if (found.length === 0) return [];
  const latest = await diagnoses.latest(
    tenantId,
    found.map(({ id }) => id),
  );
  const causeOf = new Map(
    latest.flatMap(({ incidentId, verdict, hypotheses: [first] }) =>
      verdict === 'fault' && first !== undefined ? [[incidentId, `${first.fault} at ${first.asset}`] as const] : [],
    ),
  );
  return found.map((incident) => ({ incident, cause: causeOf.get(incident.id) }));
}
