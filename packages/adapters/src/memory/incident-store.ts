import { isDeepStrictEqual } from 'node:util';
import {
  HeliosError,
  type Incident,
  type IncidentAlert,
  type IncidentCorrection,
  type IncidentEvent,
  type IncidentId,
  type TimelineEntry,
} from '@heliosiq/model';
import type { IncidentFilter, IncidentStep, IncidentStore } from '@heliosiq/ports';
import { checkedLimit, checkKeyCount } from '../limits.ts';
import { createTenantMap } from './tenant-map.ts';

interface HeldIncident {
  incident: Incident | undefined;
  /** By id, in the order of arrival. */
  readonly timeline: Map<string, TimelineEntry>;
  readonly alerts: Map<string, IncidentAlert>;
}

interface HeldTenant {
  readonly incidents: Map<IncidentId, HeldIncident>;
  readonly corrections: Map<string, IncidentCorrection>;
}

function newsKey({ incident }: IncidentEvent): string {
  return `${incident.id}:${incident.revision}`;
}

/** An incident store in memory, gone with the process. */
export function createMemoryIncidentStore(): IncidentStore {
  const tenants = createTenantMap((): HeldTenant => ({
    incidents: new Map<IncidentId, HeldIncident>(),
    corrections: new Map(),
  }));

  /** Of all tenants, in the order of arrival. */
  const news = new Map<string, IncidentEvent>();

  /** Takes a step whose revision fits; the others it takes alerts from hold them until then. */
  function take(held: HeldTenant, step: IncidentStep): void {
    const { incident, entries, alerts = [], alertsGone = [], alertsFrom = [] } = step;
    const own = held.incidents.get(incident.id) ?? {
      incident: undefined,
      timeline: new Map<string, TimelineEntry>(),
      alerts: new Map<string, IncidentAlert>(),
    };
    held.incidents.set(incident.id, own);
    own.incident = incident;
    append(own, entries);
    for (const id of alertsFrom) {
      const other = held.incidents.get(id)?.alerts ?? new Map<string, IncidentAlert>();
      for (const [fingerprint, alert] of other) if (!own.alerts.has(fingerprint)) own.alerts.set(fingerprint, alert);
      other.clear();
    }
    for (const fingerprint of alertsGone) own.alerts.delete(fingerprint);
    for (const alert of alerts) own.alerts.set(alert.fingerprint, alert);
    if (step.news !== undefined) news.set(newsKey(step.news), step.news);
  }

  return {
    async save(tenantId, incident, entries, alerts = []) {
      const held = tenants.of(tenantId);
      checkRevision(held.incidents.get(incident.id)?.incident, incident);
      take(held, { incident, entries, alerts });
    },
    async saveTogether(tenantId, steps, corrections = []) {
      checkKeyCount(steps, 100, 'steps');
      const held = tenants.of(tenantId);
      const revised = new Map<IncidentId, Incident>();
      for (const { incident } of steps) {
        checkRevision(revised.get(incident.id) ?? held.incidents.get(incident.id)?.incident, incident);
        revised.set(incident.id, incident);
      }
      for (const step of steps) take(held, step);
      for (const correction of corrections) {
        if (!held.corrections.has(correction.id)) held.corrections.set(correction.id, correction);
      }
    },
    async untold(before, { limit }) {
      checkedLimit(limit, 1000);
      return [...news.values()].filter(({ incident }) => incident.updatedAt < before).slice(0, limit);
    },
    async told(tenantId, events) {
      for (const event of events) {
        const key = newsKey(event);
        if (news.get(key)?.incident.tenantId === tenantId) news.delete(key);
      }
    },
    async get(tenantId, id) {
      return tenants.of(tenantId).incidents.get(id)?.incident;
    },
    async find(tenantId, filter, { limit }) {
      checkedLimit(limit, 1000);
      return [...tenants.of(tenantId).incidents.values()]
        .flatMap(({ incident }) => (incident !== undefined && matches(incident, filter) ? [incident] : []))
        .sort((a, b) => b.openedAt - a.openedAt || (a.id < b.id ? 1 : -1))
        .slice(0, limit);
    },
    async appendTimeline(tenantId, id, entries) {
      const held = tenants.of(tenantId).incidents.get(id);
      if (held === undefined) throw new HeliosError('not-found', 'There is no such incident');
      append(held, entries);
    },
    async timeline(tenantId, id, { limit, skip = 0 }) {
      checkedLimit(limit, 5000);
      // The sort is stable: entries of one moment stay in the order of their arrival.
      const entries = [...(tenants.of(tenantId).incidents.get(id)?.timeline.values() ?? [])].sort(
        (a, b) => a.at - b.at,
      );
      return entries.slice(0, Math.max(0, entries.length - skip)).slice(-limit);
    },
    async alerts(tenantId, id, { limit, after }) {
      checkedLimit(limit, 1000);
      return [...(tenants.of(tenantId).incidents.get(id)?.alerts.values() ?? [])]
        .filter(({ fingerprint }) => after === undefined || fingerprint > after)
        .sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1))
        .slice(0, limit);
    },
    async size(tenantId, id) {
      const held = tenants.of(tenantId).incidents.get(id);
      return { timeline: held?.timeline.size ?? 0, alerts: held?.alerts.size ?? 0 };
    },
    async corrections(tenantId, { limit }) {
      checkedLimit(limit, 1000);
      return [...tenants.of(tenantId).corrections.values()]
        .sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1))
        .slice(0, limit);
    },
    async noise(tenantId, { from, to }, { limit }) {
      checkedLimit(limit, 1000);
      const told: Partial<Record<TimelineEntry['kind'], number>> = {};
      const rules = new Map<string, IncidentAlert[]>();
      const incidentsOf = new Map<string, number>();
      for (const { incident, timeline, alerts } of tenants.of(tenantId).incidents.values()) {
        for (const { at, kind } of timeline.values()) if (at >= from && at < to) told[kind] = (told[kind] ?? 0) + 1;
        if (incident === undefined || incident.openedAt < from || incident.openedAt >= to) continue;
        for (const [rule, own] of Map.groupBy(alerts.values(), ({ rule: name }) => name)) {
          rules.set(rule, [...(rules.get(rule) ?? []), ...own]);
          incidentsOf.set(rule, (incidentsOf.get(rule) ?? 0) + 1);
        }
      }
      const loudest = [...rules].map(([rule, own]) => ({
        rule,
        fired: own.reduce((sum, { occurrences }) => sum + occurrences, 0),
        alerts: new Set(own.map(({ fingerprint }) => fingerprint)).size,
        incidents: incidentsOf.get(rule) ?? 0,
      }));
      loudest.sort((a, b) => b.fired - a.fired || (a.rule < b.rule ? -1 : 1));
      return { told, rules: loudest.slice(0, limit) };
    },
  };
}

function append(held: HeldIncident, entries: readonly TimelineEntry[]): void {
  for (const entry of entries) if (!held.timeline.has(entry.id)) held.timeline.set(entry.id, entry);
}

function checkRevision(stored: Incident | undefined, incident: Incident): void {
  if (stored?.revision === incident.revision && isDeepStrictEqual(stored, incident)) return;
  if (incident.revision === (stored?.revision ?? 0) + 1) return;
  throw new HeliosError(
    'conflict',
    `The incident is at revision ${stored?.revision ?? 0}, not ${incident.revision - 1}`,
  );
}

function matches(incident: Incident, filter: IncidentFilter): boolean {
  const { statuses, assets, fingerprint, updatedSince, knownRevisions, openedSince, openedBefore, isMerged } = filter;
  return (
    (statuses?.includes(incident.status) ?? true) &&
    (assets === undefined || incident.assets.some((asset) => assets.includes(asset))) &&
    (fingerprint === undefined || fingerprint === incident.fingerprint) &&
    (updatedSince === undefined || incident.updatedAt >= updatedSince) &&
    knownRevisions?.get(incident.id) !== incident.revision &&
    (openedSince === undefined || incident.openedAt >= openedSince) &&
    (openedBefore === undefined || incident.openedAt < openedBefore) &&
    (isMerged === undefined || incident.mergedInto === undefined)
  );
}
