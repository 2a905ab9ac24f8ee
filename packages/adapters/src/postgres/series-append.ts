import { sql, type Transaction } from 'kysely';
import type { TenantId } from '@heliosiq/model';
import type { Breathe } from '@heliosiq/model/sample-gathering.ts';
import type { SampleRun } from '../sample-run.ts';
import { arrayLiteral } from './array-literal.ts';
import { packBytes } from './packed-bytes.ts';
import type { Schema } from './schema.ts';
import {
  appendToHead,
  lateSamples,
  mergeIntoSeries,
  type HeadChange,
  type HeadState,
  type StoredChunk,
} from './series-head.ts';

/**
 * Appends runs by series id to series that the catalogue has; returns false, having written nothing, when one is missing.
 * Most appends are two statements: lock the heads, write their changes.
 */
export async function appendRuns(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  { runs, breathe }: { readonly runs: ReadonlyMap<string, SampleRun>; readonly breathe: Breathe },
): Promise<boolean> {
  const states = await lockHeads(transaction, tenantId, [...runs.keys()]);
  if (states.length < runs.size) return false;

  const changes: HeadChange[] = [];
  const merging: Merge[] = [];
  for (const state of states) {
    const run = runs.get(state.series_id);
    if (run === undefined) continue;
    const change = appendToHead(state, run);
    if (change === undefined) merging.push({ state, run, late: lateSamples(state, run) });
    else changes.push(change);
    await breathe();
  }
  if (merging.length > 0) {
    const heads = await readHeads(transaction, tenantId, merging);
    const chunks = await readLateChunks(transaction, tenantId, merging);
    for (const { state, run } of merging) {
      const stored = {
        headBytes: heads.get(state.series_id) ?? new Uint8Array(),
        chunks: chunks.get(state.series_id) ?? [],
      };
      changes.push(mergeIntoSeries(state, run, stored));
      await breathe();
    }
  }
  await writeChunks(transaction, tenantId, changes);
  await writeHeads(transaction, tenantId, changes);
  return true;
}

interface Merge {
  readonly state: HeadState;
  readonly run: SampleRun;
  readonly late: SampleRun;
}

/** Locks in the order of the ids, so that concurrent appends wait for each other and cannot deadlock. */
async function lockHeads(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  ids: string[],
): Promise<readonly HeadState[]> {
  const locked = await sql<HeadState>`
    select series_id, first_at, last_at, samples, sealed_until, head_from, head_samples, head_frames
      from series_head where tenant_id = ${tenantId} and series_id = any(${arrayLiteral(ids)}::text[])
     order by series_id for update`.execute(transaction);
  return locked.rows;
}

async function readHeads(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  merging: readonly Merge[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const ids = merging.flatMap(({ state }) => (state.head_samples > 0 ? [state.series_id] : []));
  if (ids.length === 0) return new Map();
  const found = await sql<{ series_id: string; bytes: Buffer }>`
    select series_id, bytes from series_head where tenant_id = ${tenantId} and series_id = any(${arrayLiteral(ids)}::text[])`.execute(
    transaction,
  );
  return new Map(found.rows.map((row) => [row.series_id, row.bytes]));
}

/** For each series with late samples the chunks from the last one that starts before them, or else the first one. */
async function readLateChunks(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  merging: readonly Merge[],
): Promise<ReadonlyMap<string, readonly StoredChunk[]>> {
  const late = merging.filter((merge) => merge.late.times.length > 0);
  if (late.length === 0) return new Map();
  const found = await sql<StoredChunk & { readonly series_id: string }>`
    select c.series_id, c.start_at, c.bytes
      from unnest(
        ${late.map(({ state }) => state.series_id)}::text[],
        ${late.map((merge) => merge.late.times[0])}::bigint[],
        ${late.map((merge) => merge.late.times.at(-1))}::bigint[]
      ) as asked(series_id, from_at, until_at)
      cross join lateral (
        select coalesce(
          (select max(b.start_at) from series_chunk b
            where b.tenant_id = ${tenantId} and b.series_id = asked.series_id and b.start_at <= asked.from_at),
          (select min(a.start_at) from series_chunk a where a.tenant_id = ${tenantId} and a.series_id = asked.series_id)
        ) as start_at
      ) as lowest
      join series_chunk c
        on c.tenant_id = ${tenantId} and c.series_id = asked.series_id
       and c.start_at >= lowest.start_at and c.start_at <= greatest(asked.until_at, lowest.start_at)
     order by c.series_id, c.start_at`.execute(transaction);
  return Map.groupBy(found.rows, (row) => row.series_id);
}

async function writeChunks(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  changes: readonly HeadChange[],
): Promise<void> {
  const replaced = changes.flatMap((change) =>
    change.replaced.map((startAt) => ({ id: change.state.series_id, startAt })),
  );
  if (replaced.length > 0) {
    await sql`
      delete from series_chunk c
       using unnest(${arrayLiteral(replaced.map(({ id }) => id))}::text[], ${arrayLiteral(replaced.map(({ startAt }) => startAt))}::bigint[]) as old(series_id, start_at)
       where c.tenant_id = ${tenantId} and c.series_id = old.series_id and c.start_at = old.start_at
         and c.series_id = any(${arrayLiteral(replaced.map(({ id }) => id))}::text[])`.execute(transaction);
  }
  const sealed = changes.flatMap((change) => change.sealed.map((chunk) => ({ id: change.state.series_id, ...chunk })));
  if (sealed.length === 0) return;
  const packed = packBytes(sealed.map(({ bytes }) => bytes));
  await sql`
    insert into series_chunk (tenant_id, series_id, start_at, end_at, samples, bytes)
    select ${tenantId}, news.series_id, news.start_at, news.end_at, news.samples,
           substring(${packed.bytes}::bytea from news.position for news.length)
      from unnest(
        ${arrayLiteral(sealed.map(({ id }) => id))}::text[], ${arrayLiteral(sealed.map(({ startAt }) => startAt))}::bigint[],
        ${arrayLiteral(sealed.map(({ endAt }) => endAt))}::bigint[], ${arrayLiteral(sealed.map(({ samples }) => samples))}::integer[],
        ${arrayLiteral(packed.positions)}::integer[], ${arrayLiteral(packed.lengths)}::integer[]
      ) as news(series_id, start_at, end_at, samples, position, length)`.execute(transaction);
}

/**
 * Writes the changes of locked heads. All of them exist: the words of an insert make PostgreSQL find each by its key, where an
 * update by a join would read all heads of the tenant as long as the table has no statistics. A head of one frame more is one
 * that was appended to; any other is written anew.
 */
async function writeHeads(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  changes: readonly HeadChange[],
): Promise<void> {
  const states = changes.map(({ state }) => state);
  const packed = packBytes(changes.map(({ frame }) => frame));
  await sql`
    insert into series_head as h (tenant_id, series_id, first_at, last_at, samples, sealed_until, head_from, head_samples,
                                  head_frames, bytes)
    select ${tenantId}, news.series_id, news.first_at, news.last_at, news.samples, news.sealed_until, news.head_from,
           news.head_samples, news.head_frames, substring(${packed.bytes}::bytea from news.position for news.length)
      from unnest(
        ${arrayLiteral(states.map((state) => state.series_id))}::text[],
        ${arrayLiteral(states.map((state) => state.first_at))}::bigint[],
        ${arrayLiteral(states.map((state) => state.last_at))}::bigint[],
        ${arrayLiteral(states.map((state) => state.samples))}::bigint[],
        ${arrayLiteral(states.map((state) => state.sealed_until))}::bigint[],
        ${arrayLiteral(states.map((state) => state.head_from))}::bigint[],
        ${arrayLiteral(states.map((state) => state.head_samples))}::integer[],
        ${arrayLiteral(states.map((state) => state.head_frames))}::integer[],
        ${arrayLiteral(packed.positions)}::integer[], ${arrayLiteral(packed.lengths)}::integer[]
      ) as news(series_id, first_at, last_at, samples, sealed_until, head_from, head_samples, head_frames, position, length)
    on conflict (tenant_id, series_id) do update
       set first_at = excluded.first_at, last_at = excluded.last_at, samples = excluded.samples,
           sealed_until = excluded.sealed_until, head_from = excluded.head_from, head_samples = excluded.head_samples,
           head_frames = excluded.head_frames,
           bytes = case when excluded.head_frames = h.head_frames + 1 then h.bytes else ''::bytea end
                   || excluded.bytes`.execute(transaction);
}
