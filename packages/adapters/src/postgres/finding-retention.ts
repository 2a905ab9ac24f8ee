import { sql } from 'kysely';
import type { Forgetful } from '@heliosiq/ports';
import type { Database } from './database.ts';
import { forgetRows } from './forget-rows.ts';
import { timeBound } from './time-bound.ts';

/** Forgets anomalies that ended before a moment. One that lasts is not old, and one of an incident that is kept stays with it. */
export function createPostgresAnomalyRetention(database: Database): Forgetful {
  return {
    forget: (tenantId, question) =>
      forgetRows(database, tenantId, {
        table: 'anomaly',
        where: sql`status = 'closed' and lasts_until < ${timeBound(question.before)}
          and not exists (
            select from incident
             where incident.tenant_id = anomaly.tenant_id and anomaly.asset = any(incident.assets)
               and position(anomaly.id in incident.document::text) > 0)`,
        size: sql`octet_length(document::text)`,
        ...question,
      }),
  };
}

/** Forgets incidents that were resolved and last changed before a moment, with their timelines, diagnoses and investigations. */
export function createPostgresIncidentRetention(database: Database): Forgetful {
  return {
    async forget(tenantId, question) {
      const gone = await forgetRows(database, tenantId, {
        table: 'incident',
        where: sql`status = 'resolved' and updated_at < ${timeBound(question.before)}`,
        size: sql`octet_length(document::text)`,
        ...question,
      });
      if (question.isDryRun === true || gone.items === 0) return gone;
      // The timeline goes with its incident; diagnoses and investigations know theirs by name alone.
      for (const table of ['diagnosis', 'investigation']) {
        const name = sql.table(table);
        await database.asTenant(tenantId, (transaction) =>
          sql`
            delete from ${name}
             where tenant_id = ${tenantId} and not exists (
               select from incident where incident.tenant_id = ${name}.tenant_id and incident.id = ${name}.incident_id)
          `.execute(transaction),
        );
      }
      return gone;
    },
  };
}
