/** Past incidents and their postmortems become documents, so that the next one finds them. */

import type { TenantId } from '@heliosiq/model';
import type {
  DiagnosisStore,
  IncidentStore,
  Lease,
  Library,
  Logger,
  Service,
  StateStore,
  TenantStore,
} from '@heliosiq/ports';
import { incidentDocument } from './incident-document.ts';
import { runLeasedRounds } from './leased-rounds.ts';

export interface IncidentFeedDeps {
  readonly incidents: Pick<IncidentStore, 'find' | 'timeline'>;
  readonly diagnoses: Pick<DiagnosisStore, 'latest'>;
  readonly library: Pick<Library, 'add'>;
  readonly states: StateStore;
  readonly tenants: Pick<TenantStore, 'tenants'>;
  readonly lease: Lease;
  readonly logger: Logger;
  readonly now: () => number;
}

const SCOPE = 'knowledge-incident';
const ROUND_MS = 60_000;
/** Comments on what is over are looked for once in so many rounds. */
const THOROUGH_ROUNDS = 10;
const LEASE_MS = 300_000;
/** The newest resolved ones that a round looks at. */
const LOOKED_AT_MAX = 200;
/** What changed longer ago was written before, or is older than this product's memory of incidents. */
const LOOK_BACK_MS = 90 * 86_400_000;
const TIMELINE_MAX = 500;
const LEASE_NAME = 'knowledge-incident-feed';

/**
 * Writes the incidents of one tenant that were resolved since, and those that were changed or commented after that; gives
 * how many documents were written. Incidents that turned out to be one with another are left out.
 */
export async function writePastIncidents(
  deps: Omit<IncidentFeedDeps, 'tenants' | 'lease' | 'logger'>,
  tenantId: TenantId,
  { isThorough = true }: { /** Looks for new comments as well. */ readonly isThorough?: boolean } = {},
): Promise<number> {
  const { incidents, diagnoses, library, states } = deps;
  const filter = { statuses: ['resolved'], isMerged: false, updatedSince: deps.now() - LOOK_BACK_MS } as const;
  const found = await incidents.find(tenantId, filter, { limit: LOOKED_AT_MAX });
  if (found.length === 0) return 0;
  const known = new Map(
    (
      await states.get(
        tenantId,
        SCOPE,
        found.map(({ id }) => id),
      )
    ).map(({ key, bytes }) => [key, new TextDecoder().decode(bytes)]),
  );
  const latest = new Map(
    (
      await diagnoses.latest(
        tenantId,
        found.map(({ id }) => id),
      )
    ).map((one) => [one.incidentId, one]),
  );
  let written = 0;
  for (const incident of found) {
    const diagnosis = latest.get(incident.id);
    const base = `${incident.revision}/${diagnosis?.revision ?? 0}/`;
    if (!isThorough && known.get(incident.id)?.startsWith(base) === true) continue;
    const timeline = await incidents.timeline(tenantId, incident.id, { limit: TIMELINE_MAX });
    const comments = timeline.filter(({ kind }) => kind === 'comment-added').length;
    const version = `${base}${comments}`;
    if (known.get(incident.id) === version) continue;
    await library.add(tenantId, incidentDocument({ incident, diagnosis, timeline }));
    await states.put(tenantId, SCOPE, [{ key: incident.id, bytes: new TextEncoder().encode(version) }]);
    written += 1;
  }
  return written;
}

/** Looks for incidents that were resolved, every minute; of several programs one does. */
export function createIncidentFeed(deps: IncidentFeedDeps): Service {
  const { lease, logger, tenants } = deps;
  return {
    name: 'incident-documents',
    run: (signal) =>
      runLeasedRounds(
        // Not in the first minute of a program, which is for what waits in the log.
        { lease, name: LEASE_NAME, leaseMs: LEASE_MS, everyMs: ROUND_MS, firstAfterMs: ROUND_MS },
        async (round) => {
          for (const { id } of await tenants.tenants()) {
            if (signal.aborted) break;
            const written = await writePastIncidents(deps, id, { isThorough: round % THOROUGH_ROUNDS === 0 });
            if (written > 0) logger.info({ tenantId: id, written }, 'past incidents became documents');
          }
          return undefined;
        },
        signal,
      ),
  };
}
