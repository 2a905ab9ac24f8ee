import { sql, type Transaction } from 'kysely';
import { HeliosError, type SampleBlock, type TenantId } from '@heliosiq/model';
import type { Pacer, SeriesStore, SeriesSummary, TimeRange } from '@heliosiq/ports';
import type { Breathe } from '@heliosiq/model/sample-gathering.ts';
import { checkedLimit } from '../limits.ts';
import { joinRuns, runOfBlocks, runWithin, type SampleRun } from '../sample-run.ts';
import { arrayLiteral } from './array-literal.ts';
import type { Database } from './database.ts';
import { decodeChunk } from './sample-chunk.ts';
import type { Schema } from './schema.ts';
import { appendRuns } from './series-append.ts';
import { createSeriesCatalogue, findSeries, seriesRefOf, type CatalogueRow } from './series-catalogue.ts';

/**
 * A series store on PostgreSQL: samples live in compressed chunks of about 1,000, never one row a sample.
 * New samples of a series are appended to its head; a full head is sealed; late ones are merged into the chunk they belong to.
 */
export function createPostgresSeriesStore(database: Database, options: { readonly pacer?: Pacer } = {}): SeriesStore {
  const catalogue = createSeriesCatalogue(database);
  const breathe: Breathe = () => options.pacer?.giveWay();

  return {
    async append(tenantId, blocks) {
      const { runs, series } = runsOf(blocks);
      if (runs.size === 0) return;
      const appendOnce = async (): Promise<boolean> => {
        await catalogue.ensure(tenantId, series);
        return database.asTenant(tenantId, (transaction) => appendRuns(transaction, tenantId, { runs, breathe }));
      };
      if (await appendOnce()) return;
      // Somebody removed series that were known here: ask the database again.
      catalogue.forget();
      if (await appendOnce()) return;
      throw new HeliosError('unavailable', 'Series were removed while samples of them were appended');
    },

    async range(tenantId, filter, range, options = {}) {
      options.signal?.throwIfAborted();
      const limit = checkedLimit(options.seriesMax ?? 500, Number.MAX_SAFE_INTEGER, 'seriesMax');
      if (!(range.from < range.to)) return [];
      const read = await database.asTenant(tenantId, async (transaction) => {
        const rows = await findSeries(transaction, tenantId, {
          filter,
          span: { from: range.from, until: range.to - 1 },
          limit,
        });
        options.signal?.throwIfAborted();
        const ids = rows.map((row) => row.id);
        return { rows, pieces: await readPieces(transaction, tenantId, { ids, range }) };
      });
      options.signal?.throwIfAborted();
      const pieces = Map.groupBy(read.pieces, (piece) => piece.series_id);
      return read.rows.flatMap((row) => {
        const runs = (pieces.get(row.id) ?? []).map((piece) => decodeChunk(piece.bytes));
        const run = runWithin(joinRuns(runs), range.from, range.to);
        return run.times.length === 0 ? [] : [{ series: seriesRefOf(row), ...run }];
      });
    },

    async list(tenantId, filter, options = {}) {
      const limit = checkedLimit(options.limit ?? 1000, Number.MAX_SAFE_INTEGER);
      const rows = await database.asTenant(tenantId, (transaction) =>
        findSeries(transaction, tenantId, { filter, limit }),
      );
      return rows.map(summaryOf);
    },

    async *scan(tenantId, filter, range, { pageMax }) {
      const limit = checkedLimit(pageMax, Number.MAX_SAFE_INTEGER, 'pageMax');
      if (!(range.from < range.to)) return;
      const span = { from: range.from, until: range.to - 1 };
      for (let afterRef = 0; ;) {
        const question = { filter, span, limit, afterRef };
        const rows = await database.asTenant(tenantId, (transaction) => findSeries(transaction, tenantId, question));
        if (rows.length > 0) yield rows.map(summaryOf);
        const last = rows.at(-1);
        if (last === undefined || rows.length < limit) return;
        afterRef = last.ref;
      }
    },
  };
}

function summaryOf(row: CatalogueRow): SeriesSummary {
  return { series: seriesRefOf(row), firstAt: row.first_at, lastAt: row.last_at, samples: row.samples };
}

interface PieceQuestion {
  readonly ids: readonly string[];
  readonly range: TimeRange;
}

/** Chunks and heads that reach into the range, by series and time; one statement, so that a sealing between cannot hide samples. */
async function readPieces(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  { ids, range }: PieceQuestion,
): Promise<readonly { readonly series_id: string; readonly bytes: Buffer }[]> {
  if (ids.length === 0) return [];
  const [from, to] = [sql`${range.from}::double precision`, sql`${range.to}::double precision`];
  const found = await sql<{ series_id: string; bytes: Buffer }>`
    select series_id, start_at, bytes from series_chunk
     where tenant_id = ${tenantId} and series_id = any(${arrayLiteral(ids)}::text[]) and start_at < ${to} and end_at >= ${from}
    union all
    select series_id, head_from, bytes from series_head
     where tenant_id = ${tenantId} and series_id = any(${arrayLiteral(ids)}::text[]) and head_from < ${to} and last_at >= ${from}
     order by 1, 2`.execute(transaction);
  return found.rows;
}

function runsOf(blocks: readonly SampleBlock[]): { runs: Map<string, SampleRun>; series: SampleBlock['series'][] } {
  const blocksOf = new Map<string, SampleBlock[]>();
  for (const block of blocks) {
    if (block.times.length === 0) continue;
    const own = blocksOf.get(block.series.id);
    if (own === undefined) blocksOf.set(block.series.id, [block]);
    else own.push(block);
  }
  const runs = new Map<string, SampleRun>();
  const series: SampleBlock['series'][] = [];
  for (const [id, own] of blocksOf) {
    runs.set(id, runOfBlocks(own));
    const newest = own.findLast((block) => block.series.unit !== undefined) ?? own[0];
    if (newest !== undefined) series.push(newest.series);
  }
  return { runs, series };
}
