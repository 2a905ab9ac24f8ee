import type { Client } from 'pg';
import { HeliosError } from '@heliosiq/model';
import type { BackupFolder } from './backup-folder.ts';
import type { BackupManifest } from './backup-manifest.ts';
import { writeRows } from './table-rows.ts';

/** What was added to the log of a restored database. */
export interface LogExtension {
  readonly records: number;
  /** When the last of them was accepted, milliseconds since the epoch; absent when there are none. */
  readonly lastAt?: number | undefined;
}

/** The topic of everything that comes in; all else is made of it. */
const topic = 'signals';

/**
 * Adds to the log what was accepted after the backup that was loaded and until a moment, out of a later backup. The stages
 * have not seen it: at the next start they make of it what they made of it then. Rejects with `conflict` where the later
 * backup's log no longer reaches back to the one that was loaded.
 */
export async function extendLog(
  client: Client,
  folder: BackupFolder,
  { manifest, until }: { readonly manifest: BackupManifest; readonly until: number },
): Promise<LogExtension> {
  const segments = manifest.tables.find(({ name }) => name === 'event_log_segment');
  const ends = manifest.tables.find(({ name }) => name === 'event_log_partition');
  if (segments === undefined || ends === undefined) return { records: 0 };
  await client.query(`
    create temporary table later_segment (like event_log_segment) on commit drop;
    create temporary table later_partition (like event_log_partition) on commit drop;`);
  await writeRows(client, { ...segments, name: 'later_segment' }, folder.read(segments));
  await writeRows(client, { ...ends, name: 'later_partition' }, folder.read(ends));
  await checkReach(client);
  await client.query(
    `
    delete from later_segment as later
     where topic <> '${topic}' or appended_at > $1 or exists (
       select from event_log_partition known
        where known.topic = later.topic and known.partition = later.partition
          and later.base_offset < known.next_offset)`,
    [until],
  );
  await checkGaps(client);
  await client.query(`
    insert into event_log_partition (topic, partition, next_offset)
    select topic, partition, max(base_offset + record_count) from later_segment group by topic, partition
    on conflict (topic, partition) do update set next_offset = excluded.next_offset`);
  // The partition's own rows are written by system transactions alone, as here.
  const added = await client.query<{ records: string; last: string | null }>(`
    with added as (
      insert into event_log_segment select * from later_segment returning record_count, appended_at)
    select coalesce(sum(record_count), 0)::text as records, max(appended_at)::text as last from added`);
  const [row] = added.rows;
  const last = row?.last ?? undefined;
  return { records: Number(row?.records ?? 0), lastAt: last === undefined ? undefined : Number(last) };
}

/** What follows the loaded log must be the first that the later one has, or the later one must end there too. */
async function checkReach(client: Client): Promise<void> {
  const short = await client.query<{ partition: number; wanted: number }>(`
    select later.partition, coalesce(known.next_offset, 0)::float8 as wanted
      from later_partition later left join event_log_partition known using (topic, partition)
     where topic = '${topic}' and later.next_offset > coalesce(known.next_offset, 0) and not exists (
       select from later_segment segment
        where segment.topic = later.topic and segment.partition = later.partition
          and segment.base_offset = coalesce(known.next_offset, 0))
     limit 1`);
  const [gap] = short.rows;
  if (gap !== undefined) throw gapFault(gap);
}

/** Every segment must begin where the one before ends, the first where the loaded log ends. */
async function checkGaps(client: Client): Promise<void> {
  const gaps = await client.query<{ partition: number; wanted: number }>(`
    select partition, wanted::float8 as wanted from (
      select later.partition, later.base_offset,
             lag(later.base_offset + later.record_count, 1, coalesce(known.next_offset, 0))
               over (partition by later.partition order by later.base_offset) as wanted
        from later_segment later left join event_log_partition known using (topic, partition)) as placed
     where base_offset <> wanted limit 1`);
  const [gap] = gaps.rows;
  if (gap !== undefined) throw gapFault(gap);
}

function gapFault({ partition, wanted }: { readonly partition: number; readonly wanted: number }): HeliosError {
  return new HeliosError(
    'conflict',
    `The later backup's log does not have what was accepted in between: partition ${partition} lacks offset ${wanted}`,
    { cure: 'Restore the state of a backup itself, or take backups more often than the log forgets.' },
  );
}
