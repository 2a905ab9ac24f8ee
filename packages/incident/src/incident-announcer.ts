import type { Incident, IncidentEvent, TenantId } from '@heliosiq/model';
import type { EventLog } from '@heliosiq/ports';

/** Tells the topic `incidents` what was stored. */
export interface IncidentAnnouncer {
  announce(tenantId: TenantId, events: readonly IncidentEvent[]): Promise<void>;
}

/** Members that a record names; who needs all of them asks the store. */
const membersNamedMax = 100;

/** Record key = incident, record id = `<incident>:<revision>`: telling a revision twice is harmless. */
export function createIncidentAnnouncer(log: EventLog): IncidentAnnouncer {
  const encoder = new TextEncoder();
  return {
    async announce(tenantId, events) {
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
