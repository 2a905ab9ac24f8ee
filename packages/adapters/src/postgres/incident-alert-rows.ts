import { sql, type Transaction } from 'kysely';
import type { IncidentAlert, IncidentId, TenantId } from '@heliosiq/model';
import type { IncidentStep } from '@heliosiq/ports';
import { columnText } from './json-column.ts';
import type { Schema } from './schema.ts';

/** Writes what a step says of member alerts: taken over from others, new or changed, and gone. */
export async function writeAlerts(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  { incident, alerts = [], alertsGone = [], alertsFrom = [] }: IncidentStep,
): Promise<void> {
  if (alertsFrom.length > 0) await takeOver(transaction, tenantId, { to: incident.id, from: alertsFrom });
  if (alertsGone.length > 0) {
    await sql`
      delete from incident_alert
       where tenant_id = ${tenantId} and incident_id = ${incident.id}
         and fingerprint = any(${alertsGone.map(columnText)}::text[])`.execute(transaction);
  }
  if (alerts.length > 0) await upsert(transaction, tenantId, { id: incident.id, alerts });
}

async function takeOver(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  { to, from }: { readonly to: IncidentId; readonly from: readonly IncidentId[] },
): Promise<void> {
  await sql`
    with taken as (
      delete from incident_alert where tenant_id = ${tenantId} and incident_id = any(${[...from]}::text[]) returning *
    )
    insert into incident_alert (tenant_id, incident_id, fingerprint, rule, occurrences, document)
    select tenant_id, ${to}, fingerprint, rule, occurrences, document from taken
    on conflict do nothing`.execute(transaction);
}

async function upsert(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  { id, alerts }: { readonly id: IncidentId; readonly alerts: readonly IncidentAlert[] },
): Promise<void> {
  await sql`
    insert into incident_alert (tenant_id, incident_id, fingerprint, rule, occurrences, document)
    select ${tenantId}, ${id}, fingerprint, rule, occurrences, document::json
      from unnest(
        ${alerts.map(({ fingerprint }) => columnText(fingerprint))}::text[],
        ${alerts.map(({ rule }) => columnText(rule))}::text[],
        ${alerts.map(({ occurrences }) => occurrences)}::integer[],
        ${alerts.map((alert) => JSON.stringify(alert))}::text[]
      ) as news(fingerprint, rule, occurrences, document)
    on conflict (tenant_id, incident_id, fingerprint) do update
       set rule = excluded.rule, occurrences = excluded.occurrences, document = excluded.document`.execute(transaction);
}
