import { activeIncidentStatuses, type Incident, isSilencedBy, type TenantId } from '@heliosiq/model';
import type { DiagnosisStore, IncidentStore, SilenceStore } from '@heliosiq/ports';
import { isWithinHours } from './business-hours.ts';
import type { WebhookTarget } from './webhook-target.ts';

export interface HoldingBackDeps {
  readonly incidents: IncidentStore;
  readonly diagnoses: DiagnosisStore;
  readonly silences: SilenceStore;
  readonly now: () => number;
}

/** Says why a message about an incident waits. */
export interface HoldingBack {
  /** The reason for which a target is not told now; undefined when it may be told. */
  reasonFor(tenantId: TenantId, incident: Incident, target: WebhookTarget): Promise<string | undefined>;
}

/** A cause that is less sure silences nobody. */
const confidenceMin = 0.5;
const othersReadMax = 100;

/**
 * Holds back what a silence or maintenance window matches, what is a symptom of another incident of which people know, and
 * what comes outside a target's business hours.
 */
export function createHoldingBack({ incidents, diagnoses, silences, now }: HoldingBackDeps): HoldingBack {
  async function silenced(tenantId: TenantId, incident: Incident): Promise<string | undefined> {
    const at = now();
    const current = await silences.list(tenantId, { endingAfter: at, limit: 1000 });
    const silence = current.find((candidate) => isSilencedBy(incident, candidate, at));
    if (silence === undefined) return undefined;
    return `${silence.kind === 'maintenance' ? 'maintenance' : 'silenced'} by ${silence.author}: ${silence.reason}`;
  }

  /** The incident that the map links it to, or the older one that has the asset of its diagnosed cause. */
  async function causeOf(tenantId: TenantId, incident: Incident): Promise<Incident | undefined> {
    if (incident.symptomOf !== undefined) {
      const linked = await incidents.get(tenantId, incident.symptomOf);
      if (linked !== undefined && isKnown(linked, incident)) return linked;
    }
    const [diagnosis] = await diagnoses.latest(tenantId, [incident.id]);
    const [first] = diagnosis?.hypotheses ?? [];
    if (diagnosis?.verdict !== 'fault' || first === undefined || first.confidence < confidenceMin) return undefined;
    const others = await incidents.find(
      tenantId,
      { statuses: activeIncidentStatuses, assets: [first.asset] },
      { limit: othersReadMax },
    );
    // Where the cause is among its own assets, it is no symptom of somebody else's trouble.
    if (incident.assets.includes(first.asset)) return undefined;
    return others.find((other) => isKnown(other, incident));
  }

  return {
    async reasonFor(tenantId, incident, target) {
      const silence = await silenced(tenantId, incident);
      if (silence !== undefined) return silence;
      const cause = await causeOf(tenantId, incident);
      if (cause !== undefined) return `a symptom of another incident: ${cause.title}`;
      const hours = target.businessHours;
      if (hours === undefined || hours.always.includes(incident.severity) || isWithinHours(hours, now())) {
        return undefined;
      }
      return `outside the business hours of ${target.name}`;
    },
  };
}

function isKnown(cause: Incident, symptom: Incident): boolean {
  return cause.id !== symptom.id && cause.status !== 'resolved' && cause.openedAt <= symptom.openedAt;
}
