import { sql, type Transaction } from 'kysely';
import { HeliosError, topicShape, type LogTopicName } from '@heliosiq/model';
import { partitionsOf } from '../event-log/assign-partitions.ts';
import type { Membership, OwnedPartition } from '../event-log/group-consumer.ts';
import type { Database } from './database.ts';
import type { Schema } from './schema.ts';

/** Channel on which a group's name is sent when its members change. */
export const groupChannel = 'helios_event_log_group';

/** Milliseconds since the epoch by the database's clock, the one clock that all members share. */
export const databaseNow = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`;

/** What a heartbeat finds. */
interface Standing {
  /** False where the group or the member is not known. */
  readonly isKnown: boolean;
  readonly hasSilent: boolean;
  readonly members: readonly { readonly memberId: string; readonly joinedAt: number }[] | null;
  readonly positions: readonly (OwnedPartition & { readonly isOwn: boolean })[] | null;
}

// Lost with the power, a heartbeat is repeated anyway: it need not wait for the disk.
const sayAlive = `
  with quick as (select set_config('synchronous_commit', 'off', true) as setting),
  clock as materialized (select (extract(epoch from clock_timestamp()) * 1000)::bigint as now),
  seen as (
    update event_log_group set last_seen_at = clock.now from clock, quick
     where group_name = $1 and topic = $2 and quick.setting is not null returning topic
  ), alive as (
    update event_log_member set last_seen_at = clock.now from clock
     where group_name = $1 and topic = $2 and member_id = $3 returning topic
  )
  select exists (select from seen) and exists (select from alive) as "isKnown",
         exists (select from event_log_member
                  where group_name = $1 and topic = $2 and member_id <> $3 and last_seen_at < clock.now - $4) as "hasSilent",
         (select json_agg(json_build_object('memberId', member_id, 'joinedAt', joined_at))
            from event_log_member where group_name = $1 and topic = $2) as members,
         (select json_agg(json_build_object('partition', partition, 'epoch', owner_epoch, 'committedOffset', committed_offset,
                                            'isOwn', owner_id is not distinct from $3) order by partition)
            from event_log_position where group_name = $1 and topic = $2) as positions
    from clock`;

/**
 * Joins the group or says that the member lives, removes members that have been silent for too long, and takes over
 * the partitions that are this member's now. Returns what it owns.
 */
export async function syncMember(
  database: Database,
  membership: Membership,
  options: SyncOptions,
): Promise<readonly OwnedPartition[]> {
  const values = [membership.group, options.topic, membership.memberId, options.silenceMaxMs];
  const { rows } = await database.runAlone<Standing>({ name: 'event-log-alive', text: sayAlive, values });
  return ownedIfSettled(membership, options, rows[0]) ?? (await takeShare(database, membership, options));
}

interface SyncOptions {
  readonly topic: LogTopicName;
  readonly silenceMaxMs: number;
}

/** What the member owns where nothing is to be done, as almost always; undefined where its share has to be settled. */
function ownedIfSettled(
  membership: Membership,
  { topic }: SyncOptions,
  standing: Standing | undefined,
): readonly OwnedPartition[] | undefined {
  const { partitions } = topicShape(topic);
  if (standing?.isKnown !== true || standing.hasSilent || standing.positions?.length !== partitions) return undefined;
  const wanted = new Set(partitionsOf(membership.memberId, standing.members ?? [], partitions));
  const share = standing.positions.filter(({ partition }) => wanted.has(partition));
  return share.every(({ isOwn }) => isOwn) ? share : undefined;
}

/** The same with the group's row locked, whatever is to be done. */
async function takeShare(
  database: Database,
  membership: Membership,
  { topic, silenceMaxMs }: SyncOptions,
): Promise<readonly OwnedPartition[]> {
  return database.asSystem(async (transaction) => {
    // A heartbeat lost in a power failure is repeated anyway: it need not wait for the disk.
    await sql`set local synchronous_commit = off`.execute(transaction);
    const now = await touchGroup(transaction, membership, topic);
    const members = await liveMembers(transaction, membership, { topic, now, silenceMaxMs });
    const wanted = partitionsOf(membership.memberId, members, topicShape(topic).partitions);
    return takeOver(transaction, membership, { topic, wanted });
  });
}

/** Locks the group's row until the transaction ends, and makes sure that it has a position in every partition. */
async function touchGroup(
  transaction: Transaction<Schema>,
  membership: Membership,
  topic: LogTopicName,
): Promise<number> {
  const touched = await transaction
    .insertInto('event_log_group')
    .values({ group_name: membership.group, topic, last_seen_at: databaseNow })
    .onConflict((conflict) => conflict.columns(['group_name', 'topic']).doUpdateSet({ last_seen_at: databaseNow }))
    .returning('last_seen_at')
    .executeTakeFirstOrThrow();
  await transaction
    .insertInto('event_log_position')
    .columns(['group_name', 'topic', 'partition', 'committed_offset'])
    .expression((query) =>
      query
        .selectFrom('event_log_partition')
        .where('topic', '=', topic)
        .select((column) => [
          column.val(membership.group).as('group_name'),
          'topic',
          'partition',
          membership.startAt === 'latest' ? 'next_offset' : sql<number>`0`.as('committed_offset'),
        ]),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return touched.last_seen_at;
}

async function liveMembers(
  transaction: Transaction<Schema>,
  membership: Membership,
  at: { readonly topic: LogTopicName; readonly now: number; readonly silenceMaxMs: number },
): Promise<readonly { readonly memberId: string; readonly joinedAt: number }[]> {
  const joined = await transaction
    .insertInto('event_log_member')
    .values({
      group_name: membership.group,
      topic: at.topic,
      member_id: membership.memberId,
      joined_at: at.now,
      last_seen_at: at.now,
    })
    .onConflict((conflict) =>
      conflict.columns(['group_name', 'topic', 'member_id']).doUpdateSet({ last_seen_at: at.now }),
    )
    .returning('joined_at')
    .executeTakeFirstOrThrow();
  const silent = await transaction
    .deleteFrom('event_log_member')
    .where('group_name', '=', membership.group)
    .where('topic', '=', at.topic)
    .where('last_seen_at', '<', at.now - at.silenceMaxMs)
    .returning('member_id')
    .execute();
  if (joined.joined_at === at.now || silent.length > 0) {
    await sql`select pg_notify(${groupChannel}, ${membership.group})`.execute(transaction);
  }
  return transaction
    .selectFrom('event_log_member')
    .where('group_name', '=', membership.group)
    .where('topic', '=', at.topic)
    .select(['member_id as memberId', 'joined_at as joinedAt'])
    .execute();
}

async function takeOver(
  transaction: Transaction<Schema>,
  membership: Membership,
  share: { readonly topic: LogTopicName; readonly wanted: readonly number[] },
): Promise<readonly OwnedPartition[]> {
  const { topic, wanted } = share;
  if (wanted.length === 0) return [];
  await transaction
    .updateTable('event_log_position')
    .where('group_name', '=', membership.group)
    .where('topic', '=', topic)
    .where('partition', 'in', wanted)
    .where('owner_id', 'is distinct from', membership.memberId)
    .set((column) => ({ owner_id: membership.memberId, owner_epoch: column('owner_epoch', '+', 1) }))
    .execute();
  return transaction
    .selectFrom('event_log_position')
    .where('group_name', '=', membership.group)
    .where('topic', '=', topic)
    .where('partition', 'in', wanted)
    .select(['partition', 'owner_epoch as epoch', 'committed_offset as committedOffset'])
    .orderBy('partition')
    .execute();
}

/** Leaves the group, so that others take over at once. */
export async function leaveGroup(database: Database, membership: Membership): Promise<void> {
  await database.asSystem(async (transaction) => {
    await transaction
      .updateTable('event_log_position')
      .where('group_name', '=', membership.group)
      .where('owner_id', '=', membership.memberId)
      .set((column) => ({ owner_id: null, owner_epoch: column('owner_epoch', '+', 1) }))
      .execute();
    await transaction
      .deleteFrom('event_log_member')
      .where('group_name', '=', membership.group)
      .where('member_id', '=', membership.memberId)
      .execute();
    await sql`select pg_notify(${groupChannel}, ${membership.group})`.execute(transaction);
  });
}

// Lost with the power, records are only delivered again: it need not wait for the disk. What is set so holds to the end of the
// statement's own transaction.
const moveOffset = `
  with quick as (select set_config('synchronous_commit', 'off', true) as setting)
  update event_log_position set committed_offset = greatest(committed_offset, $6::bigint)
    from quick
   where group_name = $1 and topic = $2 and partition = $3 and owner_id = $4 and owner_epoch = $5
     and quick.setting is not null`;

/** Moves the group's position forward; rejects with `conflict` when another member owns the partition since. */
export async function commitOffset(
  database: Database,
  membership: Membership,
  position: {
    readonly topic: LogTopicName;
    readonly partition: number;
    readonly epoch: number;
    readonly nextOffset: number;
  },
): Promise<void> {
  const { group, memberId } = membership;
  const { topic, partition, epoch, nextOffset } = position;
  const values = [group, topic, partition, memberId, epoch, nextOffset];
  const moved = await database.runInTurn({ name: 'event-log-commit', text: moveOffset, values });
  if ((moved.rowCount ?? 0) > 0) return;
  throw new HeliosError(
    'conflict',
    `Partition ${position.partition} of ${position.topic} is no longer owned by this member of the group ${membership.group}`,
  );
}
