import { sql, type Transaction } from 'kysely';
import type { TenantId } from '@heliosiq/model';
import { arrayLiteral } from './array-literal.ts';
import type { BlockFacts } from './block-rewrite.ts';
import type { PageFacts } from './merge-choice.ts';
import { loadedPage, type LoadedPage } from './page-runs.ts';
import { blockWeeks } from './sample-grid.ts';
import type { SamplePage } from './sample-page.ts';
import type { Schema } from './schema.ts';

/** A group of pages of one tenant. */
export interface PageGroup {
  readonly tenantId: TenantId;
  readonly group: number;
}

/** A group of blocks of one tenant in one fortnight. */
export interface BlockPlace extends PageGroup {
  /** The first of the fortnight. */
  readonly week: number;
}

function within(week: number): ReturnType<typeof sql> {
  return sql`week between ${week} and ${week + blockWeeks - 1}`;
}

/** Groups with pages enough, or old ones, those with the most pages first. */
export async function findBusyGroups(
  transaction: Transaction<Schema>,
  bounds: {
    readonly settled: number;
    readonly pagesMin: number;
    readonly samplesMin: number;
    readonly seriesSamplesMin: number;
    /** Groups with a page from outside of these moments are chosen too. */
    readonly writtenAfter: number;
    readonly writtenBefore: number;
    readonly limit: number;
  },
): Promise<readonly PageGroup[]> {
  const found = await sql<PageGroup>`
    select tenant_id as "tenantId", page_group as "group" from sample_page
     where id <= ${bounds.settled} and not is_damaged
     group by tenant_id, page_group
    having count(*) >= ${bounds.pagesMin} or sum(samples) >= ${bounds.samplesMin}
        or sum(samples) >= max(series)::bigint * ${bounds.seriesSamplesMin} or min(written_at) <= ${bounds.writtenAfter}
        or min(written_at) > ${bounds.writtenBefore}
     order by count(*) desc limit ${bounds.limit}`.execute(transaction);
  return found.rows;
}

/** The pages of a group in the order of their numbers, without their bytes. */
export async function listPages(
  transaction: Transaction<Schema>,
  { tenantId, group }: PageGroup,
  settled: number,
): Promise<readonly PageFacts[]> {
  const found = await sql<PageFacts>`
    select id, samples, series, written_at as "writtenAt" from sample_page
     where tenant_id = ${tenantId} and page_group = ${group} and id <= ${settled} and not is_damaged
     order by id`.execute(transaction);
  return found.rows;
}

interface LoadedRow {
  readonly id: number;
  readonly directory: Buffer;
  readonly bytes: Buffer;
}

/** Pages with their bytes, in the order of their numbers. */
export async function loadPages(
  transaction: Transaction<Schema>,
  { tenantId, group }: PageGroup,
  pages: readonly PageFacts[],
): Promise<readonly LoadedPage[]> {
  const ids = arrayLiteral(pages.map(({ id }) => id));
  const found = await sql<LoadedRow>`
    select id, directory, bytes from sample_page
     where tenant_id = ${tenantId} and page_group = ${group} and id = any(${ids}::bigint[]) order by id`.execute(
    transaction,
  );
  return found.rows.map(loadedPage);
}

/** Deletes pages; those with damage stay aside, under negative numbers, so that another may take theirs. */
export async function retirePages(
  transaction: Transaction<Schema>,
  { tenantId, group }: PageGroup,
  { ids, damaged }: { readonly ids: readonly number[]; readonly damaged: ReadonlySet<number> },
): Promise<void> {
  const where = (chosen: readonly number[]) =>
    sql`tenant_id = ${tenantId} and page_group = ${group} and id = any(${arrayLiteral(chosen)}::bigint[])`;
  await sql`delete from sample_page where ${where(ids.filter((id) => !damaged.has(id)))}`.execute(transaction);
  if (damaged.size === 0) return;
  await sql`update sample_page set is_damaged = true, id = -id where ${where([...damaged])}`.execute(transaction);
}

/** Inserts a page under a number that no other page has. */
export async function insertMergedPage(
  transaction: Transaction<Schema>,
  { tenantId, group }: PageGroup,
  { page, id, writtenAt }: { readonly page: SamplePage; readonly id: number; readonly writtenAt: number },
): Promise<void> {
  await sql`
    insert into sample_page (tenant_id, page_group, id, from_at, until_at, samples, series, written_at, directory, bytes)
    values (${tenantId}, ${group}, ${id}, ${page.from}, ${page.until}, ${page.samples}, ${page.series}, ${writtenAt},
            ${page.directory}, ${page.bytes})`.execute(transaction);
}

/** The blocks of a group and fortnight in the order of time, without their bytes. */
export async function listBlocks(
  transaction: Transaction<Schema>,
  { tenantId, group, week }: BlockPlace,
): Promise<readonly BlockFacts[]> {
  const found = await sql<BlockFacts>`
    select id, from_at as "from", until_at as "until", samples, series from sample_block
     where tenant_id = ${tenantId} and block_group = ${group} and ${within(week)} and not is_damaged
     order by from_at`.execute(transaction);
  return found.rows;
}

/** A block with its bytes. */
export async function loadBlock(
  transaction: Transaction<Schema>,
  { tenantId, group, week }: BlockPlace,
  id: number,
): Promise<LoadedPage | undefined> {
  const found = await sql<LoadedRow>`
    select id, directory, bytes from sample_block
     where tenant_id = ${tenantId} and block_group = ${group} and ${within(week)} and id = ${id}`.execute(transaction);
  const [row] = found.rows;
  return row === undefined ? undefined : loadedPage(row);
}

/** Deletes a block, or puts it aside when it is damaged. */
export async function retireBlock(
  transaction: Transaction<Schema>,
  { tenantId, group, week }: BlockPlace,
  { id, isDamaged }: { readonly id: number; readonly isDamaged: boolean },
): Promise<void> {
  const where = sql`tenant_id = ${tenantId} and block_group = ${group} and ${within(week)} and id = ${id}`;
  if (isDamaged) await sql`update sample_block set is_damaged = true where ${where}`.execute(transaction);
  else await sql`delete from sample_block where ${where}`.execute(transaction);
}

/** Inserts blocks of one place. */
export async function insertBlocks(
  transaction: Transaction<Schema>,
  { tenantId, group, week }: BlockPlace,
  blocks: readonly SamplePage[],
): Promise<void> {
  for (const block of blocks) {
    await sql`
      insert into sample_block (tenant_id, block_group, week, from_at, until_at, samples, series, directory, bytes)
      values (${tenantId}, ${group}, ${week}, ${block.from}, ${block.until}, ${block.samples}, ${block.series},
              ${block.directory}, ${block.bytes})`.execute(transaction);
  }
}
