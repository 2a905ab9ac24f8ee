import { sql } from 'kysely';
import type { DiscreteSignal, Severity } from '@heliosiq/model';
import type { SignalStore } from '@heliosiq/ports';
import { checkedLimit } from '../limits.ts';
import { signalText } from '../signal-text.ts';
import type { Database } from './database.ts';
import { columnText } from './json-column.ts';
import { createMonthPartitions } from './month-partitions.ts';
import { timeBound } from './time-bound.ts';

/** A signal store on PostgreSQL: one row a signal in monthly partitions. */
export function createPostgresSignalStore(database: Database): SignalStore {
  const partitions = createMonthPartitions(database, 'signal');

  return {
    async append(tenantId, signals) {
      if (signals.length === 0) return;
      await partitions.ensure(new Set(signals.map((signal) => signal.at)));
      const ordered = signals.toSorted(byIdentity);
      await database.asTenant(tenantId, async (transaction) => {
        await sql`
          insert into signal (tenant_id, kind, id, at, asset, search_text, document)
          select ${tenantId}, kind, id, at, asset, search_text, document::json
            from unnest(
              ${ordered.map(({ kind }) => kind)}::text[], ${ordered.map(({ id }) => columnText(id))}::text[],
              ${ordered.map(({ at }) => at)}::bigint[], ${ordered.map(({ asset }) => columnText(asset))}::text[],
              ${ordered.map((signal) => columnText(signalText(signal)))}::text[],
              ${ordered.map((signal) => JSON.stringify(signal))}::text[]
            ) as news(kind, id, at, asset, search_text, document)
          on conflict do nothing`.execute(transaction);
      });
    },

    async find(tenantId, filter, range, { limit }) {
      checkedLimit(limit, 1000);
      const rows = await database.asTenant(tenantId, (transaction) => {
        let query = transaction
          .selectFrom('signal')
          .select('document')
          .where('tenant_id', '=', tenantId)
          .where('at', '>=', timeBound(range.from))
          .where('at', '<', timeBound(range.to))
          .orderBy('at', 'desc')
          .orderBy('kind')
          .orderBy('id')
          .limit(limit);
        if (filter.kinds !== undefined)
          query = query.where('kind', '=', sql<DiscreteSignal['kind']>`any(${[...filter.kinds]}::text[])`);
        if (filter.assets !== undefined)
          query = query.where('asset', '=', sql<string>`any(${[...filter.assets]}::text[])`);
        if (filter.severities !== undefined)
          query = query.where(sql<boolean>`document::text ~ ${ofSeverities(filter.severities)}`);
        if (filter.text !== undefined) query = query.where('search_text', 'ilike', containing(filter.text));
        return query.execute();
      });
      return rows.map((row) => row.document);
    },
  };
}

/** Rows are inserted in one order by every writer, so that two that append the same signals cannot deadlock. */
function byIdentity(a: DiscreteSignal, b: DiscreteSignal): number {
  return a.at - b.at || (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** A pattern for ILIKE that takes every character of the text literally. */
function containing(text: string): string {
  return `%${columnText(text).replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}

const jsonText = String.raw`"(?:[^"\\]|\\.)*"`;
const jsonLabels = String.raw`\{(?:${jsonText}:${jsonText},?)*\}`;

/**
 * A pattern for a document whose own severity, not that of a label, is one of some. PostgreSQL's operators for JSON refuse
 * a document that holds U+0000 or half a surrogate pair anywhere.
 */
function ofSeverities(severities: readonly Severity[]): string {
  const members = String.raw`(?:${jsonText}:(?:${jsonText}|${jsonLabels}|[-+.0-9eE]+),)*`;
  return String.raw`^\{${members}"severity":"(?:${severities.join('|') || '-'})"`;
}
