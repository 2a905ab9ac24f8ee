import { sql, type Transaction } from 'kysely';
import type { TenantId } from '@heliosiq/model';
import type { Breathe } from '@heliosiq/model/sample-gathering.ts';
import type { SampleRun } from '../sample-run.ts';
import { joinAppends } from './append-order.ts';
import { arrayLiteral } from './array-literal.ts';
import { packBytes } from './packed-bytes.ts';
import { hourMs, pageGroupOf } from './sample-grid.ts';
import { createPageWriter, type SamplePage } from './sample-page.ts';
import type { Schema } from './schema.ts';

/** Samples of one series, by its number. */
export interface NumberedRun {
  readonly ref: number;
  readonly run: SampleRun;
}

/** A page and the group of series that it is of. */
export interface GroupPage extends SamplePage {
  readonly group: number;
}

/** Bytes and samples of a page before the next one is begun. */
const pageBytesMax = 1_000_000;
const pageSamplesMax = 500_000;
/** Bytes that go to the database in one statement. */
const statementBytesMax = 4_000_000;
/** A series is encoded in about a microsecond: too short to ask after each whether others wait. */
const breathEvery = 16;

/** Inserts the runs, in ascending order of their numbers, as pages, and notes the hours that they are of. */
export async function appendRuns(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  { runs, breathe, writtenAt }: { readonly runs: readonly NumberedRun[]; breathe: Breathe; readonly writtenAt: number },
): Promise<void> {
  await joinAppends(transaction);
  const hours = new Map<number, Map<number, number>>();
  const writer = createPageWriter();
  let pages: GroupPage[] = [];
  let bytes = 0;
  let group = -1;

  function finishPage(): void {
    const page = writer.finish();
    if (page === undefined) return;
    pages.push({ group, ...page });
    bytes += page.bytes.length + page.directory.length;
  }

  for (const [index, { ref, run }] of runs.entries()) {
    const own = pageGroupOf(ref);
    if (own !== group || writer.bytes >= pageBytesMax || writer.samples >= pageSamplesMax) finishPage();
    group = own;
    writer.add(ref, run);
    let written = hours.get(group);
    if (written === undefined) hours.set(group, (written = new Map()));
    noteHours(written, run.times);
    if (bytes >= statementBytesMax) {
      await insertPages(transaction, tenantId, { pages, writtenAt });
      pages = [];
      bytes = 0;
    }
    if (index % breathEvery === 0) await breathe();
  }
  finishPage();
  await insertPages(transaction, tenantId, { pages, writtenAt });
  await noteChanges(transaction, tenantId, { hours, writtenAt });
}

/** Adds the hours of ascending times to those of each day, a bit each. */
function noteHours(days: Map<number, number>, times: Float64Array): void {
  const last = Math.floor((times[times.length - 1] ?? 0) / hourMs);
  let hour = Math.floor((times[0] ?? 0) / hourMs);
  noteHour(days, hour);
  if (hour === last) return;
  let end = (hour + 1) * hourMs;
  for (const at of times) {
    if (at < end) continue;
    hour = Math.floor(at / hourMs);
    noteHour(days, hour);
    end = (hour + 1) * hourMs;
  }
}

function noteHour(days: Map<number, number>, hour: number): void {
  const day = Math.floor(hour / 24);
  days.set(day, (days.get(day) ?? 0) | (1 << (hour - day * 24)));
}

/** Inserts pages of one tenant, in their order. */
export async function insertPages(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  { pages, writtenAt }: { readonly pages: readonly GroupPage[]; readonly writtenAt: number },
): Promise<void> {
  if (pages.length === 0) return;
  const packed = packBytes(pages.flatMap((page) => [page.directory, page.bytes]));
  // Each page is two byte strings: its directory and its columns.
  const even = (_: number, index: number): boolean => index % 2 === 0;
  const odd = (_: number, index: number): boolean => index % 2 === 1;
  await sql`
    insert into sample_page (tenant_id, page_group, from_at, until_at, samples, series, written_at, directory, bytes)
    select ${tenantId}, news.page_group, news.from_at, news.until_at, news.samples, news.series, ${writtenAt},
           substring(packed.bytes from news.directory_position for news.directory_length),
           substring(packed.bytes from news.position for news.length)
      from (select ${packed.bytes}::bytea as bytes) as packed, unnest(
        ${arrayLiteral(pages.map((page) => page.group))}::bigint[],
        ${arrayLiteral(pages.map((page) => page.from))}::bigint[],
        ${arrayLiteral(pages.map((page) => page.until))}::bigint[],
        ${arrayLiteral(pages.map((page) => page.samples))}::integer[],
        ${arrayLiteral(pages.map((page) => page.series))}::integer[],
        ${arrayLiteral(packed.positions.filter(even))}::integer[], ${arrayLiteral(packed.lengths.filter(even))}::integer[],
        ${arrayLiteral(packed.positions.filter(odd))}::integer[], ${arrayLiteral(packed.lengths.filter(odd))}::integer[]
      ) as news(page_group, from_at, until_at, samples, series, directory_position, directory_length, position, length)`.execute(
    transaction,
  );
}

/** Marks hours as changed. Rows are written in one order, so that concurrent appends cannot deadlock. */
async function noteChanges(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  { hours, writtenAt }: { hours: ReadonlyMap<number, ReadonlyMap<number, number>>; readonly writtenAt: number },
): Promise<void> {
  const changes = [...hours].flatMap(([group, days]) => Array.from(days, ([day, bits]) => ({ group, day, bits })));
  await sql`
    insert into sample_change as c (tenant_id, page_group, day, hours, written_at)
    select ${tenantId}, news.page_group, news.day, news.hours, ${writtenAt}
      from unnest(
        ${arrayLiteral(changes.map(({ group }) => group))}::bigint[],
        ${arrayLiteral(changes.map(({ day }) => day))}::bigint[],
        ${arrayLiteral(changes.map(({ bits }) => bits))}::integer[]
      ) as news(page_group, day, hours)
     order by news.page_group, news.day
    on conflict (tenant_id, page_group, day) do update
       set hours = c.hours | excluded.hours, mark = excluded.mark, written_at = excluded.written_at`.execute(
    transaction,
  );
}
