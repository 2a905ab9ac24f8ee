import {
  type Diagnosis,
  DiagnosisEvent,
  type Incident,
  IncidentEvent,
  type Outcome,
  type TenantId,
  accepted,
  rejected,
} from '@heliosiq/model';
import { isMereUpdate } from '@heliosiq/model/incident-record.ts';
import type { Delivery, DiagnosisStore, IncidentStore, LogRecord } from '@heliosiq/ports';
import { webhookBody } from './webhook-body.ts';
import type { WebhookTarget } from './webhook-target.ts';

export interface MessageSources {
  readonly incidents: IncidentStore;
  readonly diagnoses: DiagnosisStore;
  readonly targets: readonly WebhookTarget[];
  readonly publicUrl: string;
  readonly now: () => number;
}

/** Kinds of news that people are told of by a message. */
const toldKinds: ReadonlySet<IncidentEvent['kind']> = new Set([
  'incident-opened',
  'incident-reopened',
  'incident-resolved',
]);

interface News {
  /** Names the fact: a message about it is written once per target. */
  readonly id: string;
  readonly incident: Incident;
  readonly diagnosis: Diagnosis | undefined;
}

/**
 * The messages that a record of `incidents` or `diagnoses` calls for: one per target when an incident opens, reopens or
 * is resolved, and when an investigation ends with another first cause or verdict than the one before.
 */
export async function messagesFor(record: LogRecord, sources: MessageSources): Promise<Outcome<readonly Delivery[]>> {
  const news = await newsOf(record, sources);
  if (!news.ok) return news;
  if (news.value === undefined) return accepted([]);
  const { id, incident, diagnosis } = news.value;
  const at = sources.now();
  const messages = sources.targets
    .filter(({ tenantId }) => tenantId === undefined || tenantId === record.tenantId)
    .map((target): Delivery => ({
      id: `${id}:${target.name}`,
      tenantId: record.tenantId,
      target: target.name,
      incidentId: incident.id,
      body: webhookBody(incident, {
        receiver: target.name,
        diagnosis,
        publicUrl: sources.publicUrl.replace(/\/+$/, ''),
      }),
      createdAt: at,
      attempts: 0,
      nextAttemptAt: at,
      status: 'waiting',
    }));
  return accepted(messages);
}

async function newsOf(record: LogRecord, { incidents, diagnoses }: MessageSources): Promise<Outcome<News | undefined>> {
  // In a storm most records say that an incident has one more member, and nobody is told of it.
  if (record.topic === 'incidents' && isMereUpdate(record.value)) return accepted(undefined);
  const json = jsonOf(record);
  if (record.topic === 'incidents') {
    const event = IncidentEvent.safeParse(json);
    if (!event.success) return rejected(event.error.message);
    const { kind, incident } = event.data;
    if (!toldKinds.has(kind)) return accepted(undefined);
    const [diagnosis] = await diagnoses.latest(record.tenantId, [incident.id]);
    return accepted({ id: `${incident.id}:${incident.revision}`, incident, diagnosis });
  }
  const event = DiagnosisEvent.safeParse(json);
  if (!event.success) return rejected(event.error.message);
  const { diagnosis } = event.data;
  if (!(await isNews(record.tenantId, diagnosis, diagnoses))) return accepted(undefined);
  const incident = await incidents.get(record.tenantId, diagnosis.incidentId);
  return accepted(incident === undefined ? undefined : { id: `diagnosis:${diagnosis.id}`, incident, diagnosis });
}

async function isNews(tenantId: TenantId, diagnosis: Diagnosis, diagnoses: DiagnosisStore): Promise<boolean> {
  if (diagnosis.revision === 1) return true;
  const history = await diagnoses.history(tenantId, diagnosis.incidentId, { limit: 100 });
  const before = history.find(({ revision }) => revision === diagnosis.revision - 1);
  return (
    before === undefined ||
    before.verdict !== diagnosis.verdict ||
    before.hypotheses[0]?.asset !== diagnosis.hypotheses[0]?.asset
  );
}

function jsonOf({ value }: LogRecord): unknown {
  try {
    return JSON.parse(Buffer.from(value).toString('utf8'));
  } catch {
    return undefined;
  }
}
