import { sql } from 'kysely';
import type { Document, DocumentSummary } from '@heliosiq/model';
import type { DocumentStore } from '@heliosiq/ports';
import { checkedLimit } from '../limits.ts';
import type { Database } from './database.ts';
import { columnText } from './json-column.ts';

/** A document store on PostgreSQL; the row of a document orders its writers. */
export function createPostgresDocumentStore(database: Database): DocumentStore {
  return {
    async put(tenantId, document, passages) {
      const { text, ...rest } = document;
      const summary: DocumentSummary = { ...rest, passages: passages.length };
      const columns = { sort_title: columnText(document.title), summary: JSON.stringify(summary), content: text };
      await database.asTenant(tenantId, async (transaction) => {
        await transaction
          .insertInto('document')
          .values({ tenant_id: tenantId, id: document.id, ...columns })
          .onConflict((conflict) => conflict.columns(['tenant_id', 'id']).doUpdateSet(columns))
          .execute();
        await transaction
          .deleteFrom('passage')
          .where('tenant_id', '=', tenantId)
          .where('document_id', '=', document.id)
          .execute();
        await sql`
          insert into passage (tenant_id, document_id, ordinal, passage)
          select ${tenantId}, ${document.id}, ordinal, passage::json
            from unnest(
              ${passages.map(({ ordinal }) => ordinal)}::integer[], ${passages.map((passage) => JSON.stringify(passage))}::text[]
            ) as news(ordinal, passage)`.execute(transaction);
      });
    },

    async get(tenantId, id) {
      const row = await database.asTenant(tenantId, (transaction) =>
        transaction
          .selectFrom('document')
          .select(['summary', 'content'])
          .where('tenant_id', '=', tenantId)
          .where('id', '=', id)
          .executeTakeFirst(),
      );
      return row === undefined ? undefined : documentOf(row.summary, row.content);
    },

    async list(tenantId, { limit }) {
      checkedLimit(limit, 10_000);
      const rows = await database.asTenant(tenantId, (transaction) =>
        transaction
          .selectFrom('document')
          .select('summary')
          .where('tenant_id', '=', tenantId)
          .orderBy('sort_title')
          .orderBy('id')
          .limit(limit)
          .execute(),
      );
      return rows.map((row) => row.summary);
    },

    async passages(tenantId, id) {
      const rows = await database.alone(tenantId, (db) =>
        db
          .selectFrom('passage')
          .select('passage')
          .where('tenant_id', '=', tenantId)
          .where('document_id', '=', id)
          .orderBy('ordinal')
          .execute(),
      );
      return rows.map((row) => row.passage);
    },

    async remove(tenantId, id) {
      const result = await database.asTenant(tenantId, (transaction) =>
        transaction.deleteFrom('document').where('tenant_id', '=', tenantId).where('id', '=', id).executeTakeFirst(),
      );
      return result.numDeletedRows === 1n;
    },
  };
}

function documentOf(summary: DocumentSummary, text: string): Document {
  const { id, source, title, format, tags, sha256, addedAt } = summary;
  return { id, source, title, format, tags, text, sha256, addedAt };
}
