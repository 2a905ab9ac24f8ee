import { sql, type Transaction } from 'kysely';
import type { DiscreteSignal, Log, TenantId } from '@heliosiq/model';
import type { Pacer, SignalStore, StoredLog } from '@heliosiq/ports';
import { checkedLimit } from '../limits.ts';
import { signalText } from '../signal-text.ts';
import { arrayLiteral, textArrayLiteral } from './array-literal.ts';
import type { Database } from './database.ts';
import { columnText, jsonArray } from './json-column.ts';
import { countLogs } from './log-counts.ts';
import { createMonthPartitions } from './month-partitions.ts';
import type { Schema } from './schema.ts';
import { signalCondition } from './signal-question.ts';

/** Signals of one statement. */
interface Piece {
  readonly signals: readonly DiscreteSignal[];
  readonly patternOf: ((log: Log) => string | undefined) | undefined;
}

/** Signals of one statement at most: what a door may have to wait for while they are made ready. */
const statementSignalsMax = 100;

/** A signal store on PostgreSQL: one row a signal in monthly partitions. Appending gives way by the pacer, where there is one. */
export function createPostgresSignalStore(
  database: Database,
  { pacer }: { readonly pacer?: Pacer | undefined } = {},
): SignalStore {
  const partitions = createMonthPartitions(database, 'signal');

  return {
    async append(tenantId, signals, { patternOf } = {}) {
      if (signals.length === 0) return;
      await partitions.ensure(new Set(signals.map((signal) => signal.at)));
      const ordered = signals.toSorted(byIdentity);
      await database.asTenant(tenantId, async (transaction) => {
        for (let start = 0; start < ordered.length; start += statementSignalsMax) {
          if (start > 0) await pacer?.giveWay();
          const piece = ordered.slice(start, start + statementSignalsMax);
          await insertSignals(transaction, tenantId, { signals: piece, patternOf });
        }
      });
    },

    async find(tenantId, filter, range, { limit, after }) {
      checkedLimit(limit, 100_000);
      const behind =
        after === undefined
          ? sql``
          : sql`and at <= ${after.at} and (at < ${after.at} or (kind, id) > (${after.kind}, ${columnText(after.id)}))`;
      const { rows } = await database.alone(tenantId, (transaction) =>
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
      const { rows } = await database.alone(tenantId, (transaction) =>
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

async function insertSignals(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  { signals, patternOf }: Piece,
): Promise<void> {
  await sql`
    insert into signal (tenant_id, kind, id, at, asset, search_text, document, pattern, severity)
    select ${tenantId}, kind, id, at, asset, search_text, document, pattern, severity
      from unnest(
        ${textArrayLiteral(signals.map(({ kind }) => kind))}::text[],
        ${textArrayLiteral(signals.map(({ id }) => columnText(id)))}::text[],
        ${arrayLiteral(signals.map(({ at }) => at))}::bigint[],
        ${textArrayLiteral(signals.map(({ asset }) => columnText(asset)))}::text[],
        ${textArrayLiteral(signals.map((signal) => columnText(signalText(signal))))}::text[],
        ${jsonArray(signals)},
        ${textArrayLiteral(signals.map((signal) => (signal.kind === 'log' ? (patternOf?.(signal) ?? null) : null)))}::text[],
        ${textArrayLiteral(signals.map((signal) => (signal.kind === 'log' ? signal.severity : null)))}::text[]
      ) as news(kind, id, at, asset, search_text, document, pattern, severity)
    on conflict do nothing`.execute(transaction);
}

/** Rows are inserted in one order by every writer, so that two that append the same signals cannot deadlock. */
function byIdentity(a: DiscreteSignal, b: DiscreteSignal): number {
  return a.at - b.at || (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
