import { sql } from 'kysely';
import type { DiscreteSignal } from '@heliosiq/model';
import type { SignalStore, StoredLog } from '@heliosiq/ports';
import { checkedLimit } from '../limits.ts';
import { signalText } from '../signal-text.ts';
import type { Database } from './database.ts';
import { columnText } from './json-column.ts';
import { countLogs } from './log-counts.ts';
import { createMonthPartitions } from './month-partitions.ts';
import { signalCondition } from './signal-question.ts';

/** A signal store on PostgreSQL: one row a signal in monthly partitions. */
export function createPostgresSignalStore(database: Database): SignalStore {
  const partitions = createMonthPartitions(database, 'signal');

  return {
    async append(tenantId, signals, { patternOf } = {}) {
      if (signals.length === 0) return;
      await partitions.ensure(new Set(signals.map((signal) => signal.at)));
      const ordered = signals.toSorted(byIdentity);
      await database.asTenant(tenantId, async (transaction) => {
        await sql`
          insert into signal (tenant_id, kind, id, at, asset, search_text, document, pattern, severity)
          select ${tenantId}, kind, id, at, asset, search_text, document::json, pattern, severity
            from unnest(
              ${ordered.map(({ kind }) => kind)}::text[], ${ordered.map(({ id }) => columnText(id))}::text[],
              ${ordered.map(({ at }) => at)}::bigint[], ${ordered.map(({ asset }) => columnText(asset))}::text[],
              ${ordered.map((signal) => columnText(signalText(signal)))}::text[],
              ${ordered.map((signal) => JSON.stringify(signal))}::text[],
              ${ordered.map((signal) => (signal.kind === 'log' ? patternOf?.(signal) : undefined) ?? null)}::text[],
              ${ordered.map((signal) => (signal.kind === 'log' ? signal.severity : null))}::text[]
            ) as news(kind, id, at, asset, search_text, document, pattern, severity)
          on conflict do nothing`.execute(transaction);
      });
    },

    async find(tenantId, filter, range, { limit, after }) {
      checkedLimit(limit, 100_000);
      const behind =
        after === undefined
          ? sql``
          : sql`and at <= ${after.at} and (at < ${after.at} or (kind, id) > (${after.kind}, ${columnText(after.id)}))`;
      const { rows } = await database.asTenant(tenantId, (transaction) =>
        sql<{ readonly document: DiscreteSignal }>`
          select document from signal where ${signalCondition(tenantId, filter, range)} ${behind}
           order by at desc, kind, id limit ${limit}`.execute(transaction),
      );
      return rows.map((row) => row.document);
    },

    async findLogs(tenantId, filter, range, { limit, after }) {
      checkedLimit(limit, 1000);
      const behind =
        after === undefined ? sql`` : sql`and (at < ${after.at} or at = ${after.at} and id > ${columnText(after.id)})`;
      const { rows } = await database.asTenant(tenantId, (transaction) =>
        sql<{ readonly document: StoredLog['log']; readonly pattern: string | null }>`
          select document, pattern from signal
           where ${signalCondition(tenantId, { ...filter, kinds: ['log'] }, range)} ${behind}
           order by at desc, id limit ${limit}`.execute(transaction),
      );
      return rows.map(({ document, pattern }) => ({ log: document, ...(pattern === null ? {} : { pattern }) }));
    },

    countLogs: (tenantId, ...question) => countLogs(database, tenantId, question),
  };
}

/** Rows are inserted in one order by every writer, so that two that append the same signals cannot deadlock. */
function byIdentity(a: DiscreteSignal, b: DiscreteSignal): number {
  return a.at - b.at || (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
