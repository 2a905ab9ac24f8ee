import { sql } from 'kysely';
import type { RetentionEntry, RetentionJournal } from '@heliosiq/ports';
import { checkedLimit } from '../limits.ts';
import type { Database } from './database.ts';
import { columnText } from './json-column.ts';
import { timeBound } from './time-bound.ts';

/** The journal of retention on PostgreSQL. */
export function createPostgresRetentionJournal(database: Database): RetentionJournal {
  return {
    async add(tenantId, entries) {
      if (entries.length === 0) return;
      await database.asTenant(tenantId, (transaction) =>
        transaction
          .insertInto('retention_entry')
          .values(
            entries.map((entry) => ({
              tenant_id: tenantId,
              id: entry.id,
              at: entry.at,
              kind: entry.kind,
              actor: columnText(entry.actor),
              before_at: entry.before,
              items: entry.items,
              bytes: entry.bytes,
              duration_ms: entry.durationMs,
              fault: entry.fault === undefined ? null : columnText(entry.fault),
            })),
          )
          .onConflict((conflict) => conflict.doNothing())
          .execute(),
      );
    },

    async list(tenantId, { limit }) {
      checkedLimit(limit, 1000);
      const rows = await database.asTenant(tenantId, (transaction) =>
        transaction
          .selectFrom('retention_entry')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .orderBy('at', 'desc')
          .orderBy('id', 'desc')
          .limit(limit)
          .execute(),
      );
      return rows.map((row): RetentionEntry => {
        const { id, at, actor, items, bytes } = row;
        // Only `add` writes kinds.
        const kind = row.kind as RetentionEntry['kind'];
        const fault = row.fault === null ? {} : { fault: row.fault };
        return { id, at, kind, actor, before: row.before_at, items, bytes, durationMs: row.duration_ms, ...fault };
      });
    },

    async expire(tenantId, before) {
      const gone = await database.asTenant(tenantId, (transaction) =>
        sql`delete from retention_entry where tenant_id = ${tenantId} and at < ${timeBound(before)}`.execute(
          transaction,
        ),
      );
      return Number(gone.numAffectedRows ?? 0n);
    },
  };
}
