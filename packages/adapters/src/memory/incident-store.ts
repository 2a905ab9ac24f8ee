import { isDeepStrictEqual } from 'node:util';
import { HeliosError, type Incident, type IncidentId, type TimelineEntry } from '@heliosiq/model';
import type { IncidentFilter, IncidentStore } from '@heliosiq/ports';
import { checkedLimit } from '../limits.ts';
import { createTenantMap } from './tenant-map.ts';

interface HeldIncident {
  incident: Incident | undefined;
  /** By id, in the order of arrival. */
  readonly timeline: Map<string, TimelineEntry>;
}

/** An incident store in memory, gone with the process. */
export function createMemoryIncidentStore(): IncidentStore {
  const tenants = createTenantMap(() => new Map<IncidentId, HeldIncident>());

  function append(held: HeldIncident, entries: readonly TimelineEntry[]): void {
    for (const entry of entries) if (!held.timeline.has(entry.id)) held.timeline.set(entry.id, entry);
  }

  return {
    async save(tenantId, incident, entries) {
      const incidents = tenants.of(tenantId);
      const held = incidents.get(incident.id) ?? { incident: undefined, timeline: new Map<string, TimelineEntry>() };
      const stored = held.incident;
      if (stored?.revision === incident.revision && isDeepStrictEqual(stored, incident)) return append(held, entries);
      if (incident.revision !== (stored?.revision ?? 0) + 1) {
        throw new HeliosError(
          'conflict',
          `The incident is at revision ${stored?.revision ?? 0}, not ${incident.revision - 1}`,
        );
      }
      held.incident = incident;
      append(held, entries);
      incidents.set(incident.id, held);
    },
    async get(tenantId, id) {
      return tenants.of(tenantId).get(id)?.incident;
    },
    async find(tenantId, filter, { limit }) {
      checkedLimit(limit, 1000);
      return [...tenants.of(tenantId).values()]
        .flatMap(({ incident }) => (incident !== undefined && matches(incident, filter) ? [incident] : []))
        .sort((a, b) => b.openedAt - a.openedAt || (a.id < b.id ? 1 : -1))
        .slice(0, limit);
    },
    async appendTimeline(tenantId, id, entries) {
      const held = tenants.of(tenantId).get(id);
      if (held === undefined) throw new HeliosError('not-found', 'There is no such incident');
      append(held, entries);
    },
    async timeline(tenantId, id, { limit }) {
      checkedLimit(limit, 5000);
      // The sort is stable: entries of one moment stay in the order of their arrival.
      const entries = [...(tenants.of(tenantId).get(id)?.timeline.values() ?? [])].sort((a, b) => a.at - b.at);
      return entries.slice(-limit);
    },
  };
}

function matches(incident: Incident, { statuses, assets, fingerprint, updatedSince }: IncidentFilter): boolean {
  return (
    (statuses?.includes(incident.status) ?? true) &&
    (assets === undefined || incident.assets.some((asset) => assets.includes(asset))) &&
    (fingerprint === undefined || fingerprint === incident.fingerprint) &&
    (updatedSince === undefined || incident.updatedAt >= updatedSince)
  );
}
