import { sql, type Transaction } from 'kysely';
import { HeliosError, type TenantId } from '@heliosiq/model';
import type { Forgetful, Forgotten } from '@heliosiq/ports';
import { lockUpkeep } from './append-order.ts';
import { dropEmptyPartitions } from './block-partitions.ts';
import type { Database } from './database.ts';
import type { PageGroup } from './page-rows.ts';
import { blockGroupsPerPage, blockWeeks, dayMs, weekMs } from './sample-grid.ts';
import { decodeDirectory, type PageFrame } from './sample-page.ts';
import type { Schema } from './schema.ts';
import type { SeriesExtent } from './series-extents.ts';
import { readHeld, writeHeld } from './series-sealing.ts';
import { timeBound } from './time-bound.ts';

/**
 * Forgets samples: whole blocks, and pages that no younger page or block lies beside, so that what was corrected does not come back.
 * A fortnight of which nobody has anything left gives its room back at once; other room is taken again by new samples.
 */
export function createPostgresSeriesRetention(database: Database): Forgetful {
  return {
    async forget(tenantId, { before, isDryRun = false, signal }) {
      const bound = timeBound(before);
      if (isDryRun) {
        return database.asTenant(tenantId, async (transaction) => {
          const blocks = await countBlocks(transaction, tenantId, bound);
          return sumOf([blocks, await countPages(transaction, tenantId, bound)]);
        });
      }
      const groups = await database.asTenant(tenantId, async (transaction) => {
        const found = await sql<{ block_group: number }>`
          select distinct block_group from sample_block where tenant_id = ${tenantId} and until_at < ${bound}
           order by 1`.execute(transaction);
        return found.rows.map((row) => row.block_group);
      });
      const gone: Forgotten[] = [];
      for (const group of groups) {
        signal?.throwIfAborted();
        gone.push(
          await database.asTenant(tenantId, (transaction) => forgetBlocks(transaction, { tenantId, group }, bound)),
        );
      }
      gone.push(await database.asTenant(tenantId, (transaction) => forgetPages(transaction, tenantId, bound)));
      await dropWeeks(database, bound);
      return sumOf(gone);
    },
  };
}

/** Whoever reads these weeks for long keeps them from going; the next run tries again. */
async function dropWeeks(database: Database, before: number): Promise<void> {
  try {
    await dropEmptyPartitions(database, before);
  } catch (error) {
    if (!(error instanceof HeliosError && error.code === 'unavailable')) throw error;
  }
}

function sumOf(parts: readonly Forgotten[]): Forgotten {
  return {
    items: parts.reduce((sum, { items }) => sum + items, 0),
    bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** What was readable of damaged pages and blocks has moved on and is counted where it is now. */
const forgottenColumns = sql`
  coalesce(sum(samples) filter (where not is_damaged), 0)::bigint as items,
  coalesce(sum(octet_length(directory) + octet_length(bytes)), 0)::bigint as bytes`;

async function countBlocks(transaction: Transaction<Schema>, tenantId: TenantId, before: number): Promise<Forgotten> {
  const found = await sql<Forgotten>`
    select ${forgottenColumns} from sample_block where tenant_id = ${tenantId} and until_at < ${before}`.execute(
    transaction,
  );
  return found.rows[0] ?? { items: 0, bytes: 0 };
}

/** Pages that end before everything of their series that stays begins. */
function oldPages(tenantId: TenantId, before: number): ReturnType<typeof sql> {
  return sql`
    p.tenant_id = ${tenantId} and p.until_at < ${before}
    and not exists (select from sample_page q
                     where q.tenant_id = p.tenant_id and q.page_group = p.page_group
                       and q.until_at >= ${before} and q.from_at <= p.until_at)
    and not exists (select from sample_block b
                     where b.tenant_id = p.tenant_id
                       and b.block_group between p.page_group * ${blockGroupsPerPage}
                                             and p.page_group * ${blockGroupsPerPage} + ${blockGroupsPerPage - 1}
                       and b.until_at >= ${before} and b.from_at <= p.until_at)`;
}

async function countPages(transaction: Transaction<Schema>, tenantId: TenantId, before: number): Promise<Forgotten> {
  const found = await sql<Forgotten>`
    select ${forgottenColumns} from sample_page p where ${oldPages(tenantId, before)}`.execute(transaction);
  return found.rows[0] ?? { items: 0, bytes: 0 };
}

async function forgetPages(transaction: Transaction<Schema>, tenantId: TenantId, before: number): Promise<Forgotten> {
  await lockUpkeep(transaction);
  const found = await sql<Forgotten>`
    with gone as (delete from sample_page p where ${oldPages(tenantId, before)} returning p.*)
    select ${forgottenColumns} from gone`.execute(transaction);
  // A block that stays may reach back by a fortnight: its days stay marked.
  const day = Math.floor((before - blockWeeks * weekMs) / dayMs);
  await sql`delete from sample_change where tenant_id = ${tenantId} and day < ${day}`.execute(transaction);
  return found.rows[0] ?? { items: 0, bytes: 0 };
}

async function forgetBlocks(transaction: Transaction<Schema>, place: PageGroup, before: number): Promise<Forgotten> {
  await lockUpkeep(transaction);
  const { tenantId, group } = place;
  const held = await readHeld(transaction, place);
  const gone = await sql<{ samples: number; size: number; is_damaged: boolean; directory: Buffer }>`
    delete from sample_block
     where tenant_id = ${tenantId} and block_group = ${group} and until_at < ${before}
    returning samples, octet_length(directory) + octet_length(bytes) as size, is_damaged, directory`.execute(
    transaction,
  );
  const lost = new Set<number>();
  for (const { directory, is_damaged } of gone.rows) {
    if (is_damaged) continue;
    for (const { ref, samples } of decodeDirectory(directory) ?? []) {
      const known = held.get(ref);
      if (known === undefined) continue;
      held.set(ref, { ...known, samples: known.samples - samples });
      lost.add(ref);
    }
  }
  for (const [ref, { samples }] of held) if (samples <= 0) held.delete(ref);
  await findFirst(transaction, place, { held, lost });
  await writeHeld(transaction, place, held);
  const items = gone.rows.reduce((sum, row) => sum + (row.is_damaged ? 0 : row.samples), 0);
  return { items, bytes: gone.rows.reduce((sum, row) => sum + row.size, 0) };
}

/** Finds out where series begin now that their first samples are gone. */
async function findFirst(
  transaction: Transaction<Schema>,
  { tenantId, group }: PageGroup,
  { held, lost }: { readonly held: Map<number, SeriesExtent>; readonly lost: ReadonlySet<number> },
): Promise<void> {
  const wanted = new Set([...lost].filter((ref) => held.has(ref)));
  for (let offset = 0; wanted.size > 0; offset += 1) {
    const found = await sql<{ directory: Buffer }>`
      select directory from sample_block
       where tenant_id = ${tenantId} and block_group = ${group} and not is_damaged
       order by from_at limit 1 offset ${offset}`.execute(transaction);
    const [row] = found.rows;
    if (row === undefined) return;
    for (const frame of decodeDirectory(row.directory) ?? []) settleFirst(held, wanted, frame);
  }
}

function settleFirst(held: Map<number, SeriesExtent>, wanted: Set<number>, { ref, firstAt }: PageFrame): void {
  const known = held.get(ref);
  if (known === undefined || !wanted.delete(ref)) return;
  held.set(ref, { ...known, firstAt });
}
