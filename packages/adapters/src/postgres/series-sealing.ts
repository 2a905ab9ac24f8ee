import { sql, type Transaction } from 'kysely';
import type { Breathe } from '@heliosiq/model/sample-gathering.ts';
import type { SampleRun } from '../sample-run.ts';
import { rewriteBlock, routeRuns, runsByWeek, type RunsBySeries } from './block-rewrite.ts';
import { insertBlocks, listBlocks, loadBlock, retireBlock, type BlockPlace, type PageGroup } from './page-rows.ts';
import type { LoadedPage } from './page-runs.ts';
import { decodeDirectory, type SamplePage } from './sample-page.ts';
import type { Schema } from './schema.ts';
import { addExtent, decodeExtents, encodeExtents, type SeriesExtent } from './series-extents.ts';

/** What sealing tells while it works. */
export interface SealingReport {
  readonly breathe: Breathe;
  /** Called for each block of which a part cannot be read; it stays aside. */
  readonly onDamage: (place: BlockPlace, id: number) => void;
}

/** Puts samples of a group of blocks where they belong, and takes account of what the group holds. */
export async function sealRuns(
  transaction: Transaction<Schema>,
  group: PageGroup,
  { runs, report }: { readonly runs: RunsBySeries; readonly report: SealingReport },
): Promise<void> {
  const held = await readHeld(transaction, group);
  for (const [week, own] of runsByWeek(runs)) {
    const place = { ...group, week };
    const blocks = await listBlocks(transaction, place);
    for (const [target, part] of routeRuns(blocks, own)) {
      const old = target === undefined ? undefined : await loadBlock(transaction, place, target.id);
      const made = await replaceBlock(transaction, place, { old, part, report });
      uncountBlock(held, old);
      for (const block of made) countPage(held, block);
      await report.breathe();
    }
  }
  for (const [ref, { samples }] of held) if (samples <= 0) held.delete(ref);
  await writeHeld(transaction, group, held);
}

async function replaceBlock(
  transaction: Transaction<Schema>,
  place: BlockPlace,
  { old, part, report }: { old: LoadedPage | undefined; part: ReadonlyMap<number, SampleRun>; report: SealingReport },
): Promise<readonly SamplePage[]> {
  let isDamaged = old !== undefined && old.frames === undefined;
  const made = rewriteBlock(old, part, () => (isDamaged = true));
  if (old !== undefined) {
    if (isDamaged) report.onDamage(place, old.id);
    await retireBlock(transaction, place, { id: old.id, isDamaged });
  }
  await insertBlocks(transaction, place, made);
  return made;
}

/** What blocks of a group hold, its row locked; nothing when its row is damaged: it is derived anew then. */
export async function readHeld(
  transaction: Transaction<Schema>,
  { tenantId, group }: PageGroup,
): Promise<Map<number, SeriesExtent>> {
  const found = await sql<{ extents: Buffer }>`
    select extents from series_extent where tenant_id = ${tenantId} and block_group = ${group} for update`.execute(
    transaction,
  );
  const [row] = found.rows;
  if (row === undefined) return new Map();
  return decodeExtents(row.extents) ?? extentsOfBlocks(transaction, { tenantId, group });
}

/** What the blocks themselves say; the way back from a damaged or outdated account. */
async function extentsOfBlocks(
  transaction: Transaction<Schema>,
  { tenantId, group }: PageGroup,
): Promise<Map<number, SeriesExtent>> {
  const held = new Map<number, SeriesExtent>();
  for (let after = 0; ;) {
    const found = await sql<{ id: number; directory: Buffer }>`
      select id, directory from sample_block
       where tenant_id = ${tenantId} and block_group = ${group} and id > ${after} and not is_damaged
       order by id limit 100`.execute(transaction);
    for (const { directory } of found.rows) {
      for (const frame of decodeDirectory(directory) ?? []) addExtent(held, frame.ref, frame);
    }
    const last = found.rows.at(-1);
    if (last === undefined) return held;
    after = last.id;
  }
}

export async function writeHeld(
  transaction: Transaction<Schema>,
  { tenantId, group }: PageGroup,
  held: ReadonlyMap<number, SeriesExtent>,
): Promise<void> {
  await sql`
    insert into series_extent (tenant_id, block_group, extents) values (${tenantId}, ${group}, ${encodeExtents(held)})
    on conflict (tenant_id, block_group) do update set extents = excluded.extents`.execute(transaction);
}

function countPage(held: Map<number, SeriesExtent>, { directory }: SamplePage): void {
  for (const frame of decodeDirectory(directory) ?? []) addExtent(held, frame.ref, frame);
}

/** Takes the samples of an old block off; its times stay, because what takes its place covers them. */
function uncountBlock(held: Map<number, SeriesExtent>, old: LoadedPage | undefined): void {
  for (const { ref, samples } of old?.frames ?? []) {
    const known = held.get(ref);
    if (known !== undefined) held.set(ref, { ...known, samples: known.samples - samples });
  }
}
