import type { Incident, IncidentEvent, TenantId } from '@heliosiq/model';
import type { EventLog, IncidentStore } from '@heliosiq/ports';

/** Tells the topic `incidents` what was stored. */
export interface IncidentAnnouncer {
  announce(tenantId: TenantId, events: readonly IncidentEvent[]): Promise<void>;
  /** Tells what was stored as news before a moment of the wall clock, by whomever, and not told: who stored it died in between. */
  announceUntold(before: number): Promise<void>;
}

/** Members that a record names; who needs all of them asks the store. */
const membersNamedMax = 100;
const untoldAtOnce = 1_000;

/** Whether what tells of a revision must not be lost. That an incident has changed is told by its next revision as well. */
export function isNews({ kind }: IncidentEvent): boolean {
  return kind !== 'incident-updated';
}

/** Record key = incident, record id = `<incident>:<revision>`: telling a revision twice is harmless. */
export function createIncidentAnnouncer(
  log: EventLog,
  incidents: Pick<IncidentStore, 'told' | 'untold'>,
): IncidentAnnouncer {
  const encoder = new TextEncoder();

  async function announce(tenantId: TenantId, events: readonly IncidentEvent[]): Promise<void> {
    if (events.length === 0) return;
    await log.append(
      tenantId,
      'incidents',
      events.map((event) => ({
        key: event.incident.id,
        id: `${event.incident.id}:${event.incident.revision}`,
        value: encoder.encode(JSON.stringify({ ...event, incident: briefly(event.incident) })),
      })),
    );
    const news = events.filter(isNews);
    if (news.length > 0) await incidents.told(tenantId, news);
  }

  return {
    announce,
    async announceUntold(before) {
      for (;;) {
        const untold = await incidents.untold(before, { limit: untoldAtOnce });
        for (const [tenantId, events] of Map.groupBy(untold, ({ incident }) => incident.tenantId))
          await announce(tenantId, events);
        if (untold.length < untoldAtOnce) return;
      }
    },
  };
}

/** Thousands of members in each revision of a storm would fill the log. */
function briefly(incident: Incident): Incident {
  const { anomalyIds, alertFingerprints } = incident;
  return {
    ...incident,
    anomalyIds: anomalyIds.slice(0, membersNamedMax),
    alertFingerprints: alertFingerprints.slice(0, membersNamedMax),
  };
}
