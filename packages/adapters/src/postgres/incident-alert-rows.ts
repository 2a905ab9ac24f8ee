import { sql, type Transaction } from 'kysely';
import type { IncidentAlert, IncidentId, TenantId } from '@heliosiq/model';
import type { IncidentStep } from '@heliosiq/ports';
import { arrayLiteral, textArrayLiteral } from './array-literal.ts';
import { columnText, jsonArray } from './json-column.ts';
import type { Schema } from './schema.ts';

/** Member alerts that are written together, by incident and fingerprint: of several states of one the last counts. */
type Gathered = Map<IncidentId, Map<string, IncidentAlert>>;

/**
 * Writes what steps say of member alerts, in their order: taken over from others, gone, and new or changed. What follows each
 * other without a change of hands is written at once.
 */
export async function writeAlerts(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  steps: readonly IncidentStep[],
): Promise<void> {
  const gathered: Gathered = new Map();
  for (const { incident, alerts = [], alertsGone = [], alertsFrom = [] } of steps) {
    if (alertsFrom.length > 0 || alertsGone.length > 0) await upsert(transaction, tenantId, gathered);
    if (alertsFrom.length > 0) await takeOver(transaction, tenantId, { to: incident.id, from: alertsFrom });
    if (alertsGone.length > 0) {
      await sql`
        delete from incident_alert
         where tenant_id = ${tenantId} and incident_id = ${incident.id}
           and fingerprint = any(${alertsGone.map(columnText)}::text[])`.execute(transaction);
    }
    const own = gathered.get(incident.id) ?? new Map<string, IncidentAlert>();
    for (const alert of alerts) own.set(columnText(alert.fingerprint), alert);
    if (own.size > 0) gathered.set(incident.id, own);
  }
  await upsert(transaction, tenantId, gathered);
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

/** Writes what was gathered and empties it. */
async function upsert(transaction: Transaction<Schema>, tenantId: TenantId, gathered: Gathered): Promise<void> {
  const rows = [...gathered].flatMap(([id, alerts]) =>
    Array.from(alerts, ([fingerprint, alert]) => ({ id, fingerprint, alert })),
  );
  gathered.clear();
  if (rows.length === 0) return;
  await sql`
    insert into incident_alert (tenant_id, incident_id, fingerprint, rule, occurrences, document)
    select ${tenantId}, incident_id, fingerprint, rule, occurrences, document
      from unnest(
        ${textArrayLiteral(rows.map(({ id }) => id))}::text[],
        ${textArrayLiteral(rows.map(({ fingerprint }) => fingerprint))}::text[],
        ${textArrayLiteral(rows.map(({ alert }) => columnText(alert.rule)))}::text[],
        ${arrayLiteral(rows.map(({ alert }) => alert.occurrences))}::integer[],
        ${jsonArray(rows.map(({ alert }) => alert))}
      ) as news(incident_id, fingerprint, rule, occurrences, document)
    on conflict (tenant_id, incident_id, fingerprint) do update
       set rule = excluded.rule, occurrences = excluded.occurrences, document = excluded.document`.execute(transaction);
}
