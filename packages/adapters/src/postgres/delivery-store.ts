import { sql, type Selectable } from 'kysely';
import type { TenantId } from '@heliosiq/model';
import type { Delivery, DeliveryStore } from '@heliosiq/ports';
import { checkedLimit } from '../limits.ts';
import type { Database } from './database.ts';
import { columnText } from './json-column.ts';
import type { DeliveryTable } from './stage-tables.ts';

/** A delivery store on PostgreSQL; workers skip the rows that another one is taking. */
export function createPostgresDeliveryStore(database: Database): DeliveryStore {
  return {
    async add(tenantId, deliveries) {
      if (deliveries.length === 0) return;
      const rows = deliveries
        .map((delivery) => ({
          ...columnsOf(delivery),
          tenant_id: tenantId,
          id: delivery.id,
          created_at: delivery.createdAt,
        }))
        .sort((a, b) => (a.id < b.id ? -1 : 1));
      await database.asTenant(tenantId, (transaction) =>
        transaction
          .insertInto('delivery')
          .values(rows)
          .onConflict((conflict) => conflict.doNothing())
          .execute(),
      );
    },

    async takeDue(now, { limit, leaseUntil }) {
      checkedLimit(limit, 1000);
      const taken = await database.asSystem((transaction) =>
        sql<Selectable<DeliveryTable> & { readonly was_due_at: number }>`
          with due as (
            select tenant_id, id, next_attempt_at from delivery
             where status = 'waiting' and next_attempt_at <= ${now}
             order by next_attempt_at limit ${limit} for update skip locked
          )
          update delivery d set next_attempt_at = ${leaseUntil}
            from due where d.tenant_id = due.tenant_id and d.id = due.id
          returning d.*, due.next_attempt_at as was_due_at`.execute(transaction),
      );
      return taken.rows.toSorted((a, b) => a.was_due_at - b.was_due_at || a.created_at - b.created_at).map(deliveryOf);
    },

    async update(tenantId, delivery) {
      await database.asTenant(tenantId, (transaction) =>
        transaction
          .updateTable('delivery')
          .set(columnsOf(delivery))
          .where('tenant_id', '=', tenantId)
          .where('id', '=', delivery.id)
          .execute(),
      );
    },

    async list(tenantId, { limit }) {
      checkedLimit(limit, 1000);
      const rows = await database.asTenant(tenantId, (transaction) =>
        transaction
          .selectFrom('delivery')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .orderBy('created_at', 'desc')
          .orderBy('id', 'desc')
          .limit(limit)
          .execute(),
      );
      return rows.map(deliveryOf);
    },
  };
}

function columnsOf(delivery: Delivery) {
  return {
    target: delivery.target,
    incident_id: delivery.incidentId,
    body: delivery.body,
    attempts: delivery.attempts,
    next_attempt_at: delivery.nextAttemptAt,
    status: delivery.status,
    last_error: delivery.lastError === undefined ? null : columnText(delivery.lastError),
  };
}

function deliveryOf(row: Selectable<DeliveryTable>): Delivery {
  return {
    id: row.id,
    // The cast holds: only parsed ids are written.
    tenantId: row.tenant_id as TenantId,
    target: row.target,
    incidentId: row.incident_id,
    body: row.body,
    createdAt: row.created_at,
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at,
    status: row.status,
    ...(row.last_error !== null && { lastError: row.last_error }),
  };
}
