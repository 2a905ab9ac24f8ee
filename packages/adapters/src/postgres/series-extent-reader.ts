import { escapeLiteral } from 'pg';
import type { TenantId } from '@heliosiq/model';
import { arrayLiteral } from './array-literal.ts';
import type { ReadRows } from './binary-rows.ts';
import { blockGroupOf } from './sample-grid.ts';
import { readDirectories, type OnDamage } from './sample-reader.ts';
import { addExtent, decodeExtents, type SeriesExtent } from './series-extents.ts';

/** All of time. */
const everything = { from: -Infinity, to: Infinity };

/**
 * What is held of series, by their numbers; those without samples are absent. Blocks are summed up in a row per group; pages tell
 * by their directories. A sample that is in several of them counts as many times until they are merged.
 */
export async function readExtents(
  read: ReadRows,
  tenantId: TenantId,
  { refs, onDamage }: { readonly refs: ReadonlySet<number>; onDamage: OnDamage },
): Promise<ReadonlyMap<number, SeriesExtent>> {
  const extents = new Map<number, SeriesExtent>();
  if (refs.size === 0) return extents;
  const groups = [...new Set(Array.from(refs, blockGroupOf))];
  const unreadable = new Set<number>();
  await read(
    `select block_group::float8, extents from series_extent
      where tenant_id = ${escapeLiteral(tenantId)} and block_group = any('${arrayLiteral(groups)}'::bigint[])`,
    ([group, bytes]) => {
      const own = bytes === undefined ? undefined : decodeExtents(bytes);
      if (own === undefined) unreadable.add(group?.readDoubleBE() ?? 0);
      else for (const [ref, extent] of own) if (refs.has(ref)) addExtent(extents, ref, extent);
    },
  );
  // A damaged row is derived from what the blocks themselves say, which takes longer.
  const pages = await readDirectories(read, tenantId, {
    refs,
    range: everything,
    onDamage,
    isPagesOnly: unreadable.size === 0,
  });
  for (const { table, group, isDamaged, frames } of pages) {
    if (isDamaged || (table === 'sample_block' && !unreadable.has(group))) continue;
    for (const frame of frames) addExtent(extents, frame.ref, frame);
  }
  return extents;
}
