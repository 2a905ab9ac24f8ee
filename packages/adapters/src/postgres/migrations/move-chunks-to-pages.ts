import { sql, type Kysely } from 'kysely';
import { createPageWriter, type SamplePage } from '../sample-page.ts';
import { decodeChunk } from '../sample-chunk.ts';
import { pageGroupOf, pageGroupSeries } from '../sample-grid.ts';

/** Bytes of a page before the next one is begun. */
const pageBytesMax = 1_000_000;

interface OldPiece {
  readonly tenant_id: string;
  readonly ref: number;
  readonly bytes: Buffer;
}

/** Copies what lies in `series_chunk` and `series_head` to pages, one tenant and some series at a time. */
export async function moveChunksToPages(db: Kysely<unknown>): Promise<void> {
  const tenants = await sql<{ tenant_id: string; ref_max: number }>`
    select tenant_id, max(ref)::float8 as ref_max from series group by tenant_id`.execute(db);
  for (const { tenant_id: tenantId, ref_max: refMax } of tenants.rows) {
    for (let group = 0; group <= pageGroupOf(refMax); group += 1) await moveGroup(db, tenantId, group);
  }
}

async function moveGroup(db: Kysely<unknown>, tenantId: string, group: number): Promise<void> {
  const refs = await sql<{ ref: number; id: string }>`
    select ref::float8 as ref, id from series
     where tenant_id = ${tenantId} and ref >= ${group * pageGroupSeries} and ref < ${(group + 1) * pageGroupSeries} order by ref`.execute(
    db,
  );
  const writer = createPageWriter();
  for (const { ref, id } of refs.rows) {
    // Sealed samples are earlier than the head's, and chunks do not overlap: the pieces are in the order of time.
    const pieces = await sql<OldPiece>`
      select bytes from (
        select start_at, bytes from series_chunk where tenant_id = ${tenantId} and series_id = ${id}
        union all
        select head_from, bytes from series_head
         where tenant_id = ${tenantId} and series_id = ${id} and head_samples > 0) as piece
       order by start_at`.execute(db);
    for (const { bytes } of pieces.rows) {
      writer.add(ref, decodeChunk(bytes));
      if (writer.bytes >= pageBytesMax) await insertPage(db, { tenantId, group, page: writer.finish() });
    }
  }
  await insertPage(db, { tenantId, group, page: writer.finish() });
}

async function insertPage(
  db: Kysely<unknown>,
  { tenantId, group, page }: { tenantId: string; group: number; page: SamplePage | undefined },
): Promise<void> {
  if (page === undefined) return;
  await sql`
    insert into sample_page (tenant_id, page_group, from_at, until_at, samples, series, written_at, directory, bytes)
    values (${tenantId}, ${group}, ${page.from}, ${page.until}, ${page.samples}, ${page.series}, 0,
            ${page.directory}, ${page.bytes})`.execute(db);
}
