import { setImmediate as nextTurn } from 'node:timers/promises';
import { escapeLiteral, type PoolClient } from 'pg';
import type { TenantId } from '@heliosiq/model';
import type { TimeRange } from '@heliosiq/ports';
import { emptyRun, runWithin, type SampleRun } from '../sample-run.ts';
import { arrayLiteral } from './array-literal.ts';
import { readBinaryRows } from './binary-rows.ts';
import { blockGroupOf, blockWeekOf, blockWeeks, pageGroupOf } from './sample-grid.ts';
import { gatheringsOf, type LendMemory } from './sample-gathering.ts';
import { createFrameReader, decodeDirectory, type Column, type FrameReader, type PageFrame } from './sample-page.ts';

/** A page or block with those of its frames that were asked for. */
export interface HeldPage {
  readonly table: 'sample_page' | 'sample_block';
  readonly group: number;
  /** Of a block. */
  readonly week: number;
  readonly id: number;
  readonly from: number;
  readonly until: number;
  readonly isDamaged: boolean;
  readonly frames: readonly PageFrame[];
}

/** A part of what is stored that cannot be read. */
export interface PageDamage {
  readonly page: HeldPage;
  /** The frame; absent when it is the page's directory, and any series of its group may lack samples. */
  readonly frame?: PageFrame;
}

export type OnDamage = (damage: PageDamage) => void;

interface DirectoryRow {
  readonly week: number | null;
  readonly group: number;
  readonly id: number;
  readonly from_at: number;
  readonly until_at: number;
  readonly is_damaged: boolean;
  readonly directory: Buffer;
}

const int32Max = 2 ** 31 - 1;
/** Frames that lie this close are read as one piece. */
const gapMax = 2048;
/** Bytes of the pieces of one statement. */
const statementBytesMax = 16_000_000;
/** Frames are decoded for this long before others get their turn. */
const turnMs = 10;
/** Samples of a series up to which it is unpacked in one go. */
const unpackedMax = 100_000;

/**
 * The directories of pages and blocks that reach into a range, with the frames of the given series in it; in the order of their
 * worth: where two hold a sample, the later is right. One statement, so that a merge between cannot hide samples.
 */
export async function readDirectories(
  client: PoolClient,
  tenantId: TenantId,
  question: {
    readonly refs: ReadonlySet<number>;
    readonly range: TimeRange;
    readonly onDamage: OnDamage;
    /** Leaves blocks out. */
    readonly isPagesOnly?: boolean;
  },
): Promise<readonly HeldPage[]> {
  const { refs, range, onDamage } = question;
  const found = await client.query<DirectoryRow>(
    `
      select week, block_group as "group", id, from_at, until_at, is_damaged, directory from sample_block
       where tenant_id = $1 and block_group = any($2::bigint[]) and week between $3::int and $4::int
         and from_at < $5::float8 and until_at >= $6::float8
      union all
      select null, page_group, id, from_at, until_at, is_damaged, directory from sample_page
       where tenant_id = $1 and page_group = any($7::bigint[]) and from_at < $5::float8 and until_at >= $6::float8`,
    [
      tenantId,
      arrayLiteral(question.isPagesOnly === true ? [] : groupsOf(refs, blockGroupOf)),
      weekLimit(range.from),
      weekLimit(range.to) + blockWeeks - 1,
      range.to,
      range.from,
      arrayLiteral(groupsOf(refs, pageGroupOf)),
    ],
  );
  const pages: HeldPage[] = [];
  for (const row of found.rows) {
    const own = decodeDirectory(row.directory, refs);
    const page: HeldPage = {
      table: row.week === null ? 'sample_page' : 'sample_block',
      group: row.group,
      week: row.week ?? 0,
      id: row.id,
      from: row.from_at,
      until: row.until_at,
      isDamaged: row.is_damaged,
      frames: (own ?? []).filter(({ firstAt, lastAt }) => firstAt < range.to && lastAt >= range.from),
    };
    if (own === undefined) onDamage({ page });
    else if (page.frames.length > 0) pages.push(page);
  }
  return pages.sort(byWorth);
}

/** Damaged ones first: what was readable of them has moved on. Blocks do not overlap; pages come in the order of their numbers. */
function byWorth(a: HeldPage, b: HeldPage): number {
  return worthOf(a) - worthOf(b) || (a.table === 'sample_page' ? a.id - b.id : a.from - b.from);
}

function worthOf({ isDamaged, table }: HeldPage): number {
  return isDamaged ? 0 : table === 'sample_block' ? 1 : 2;
}

function groupsOf(refs: ReadonlySet<number>, groupOf: (ref: number) => number): number[] {
  return [...new Set(Array.from(refs, groupOf))];
}

function weekLimit(at: number): number {
  return Math.min(int32Max - blockWeeks, Math.max(-int32Max, blockWeekOf(at)));
}

/** Consecutive columns of a page, to be read as one piece. */
interface Piece {
  readonly page: HeldPage;
  readonly offset: number;
  end: number;
  bytes: Buffer;
}

/** A page and the pieces of it that are wanted. */
interface PagePieces {
  readonly page: HeldPage;
  readonly pieces: readonly Piece[];
}

/** Samples of a series, once they are asked for. */
export type UnpackSamples = () => SampleRun;

/**
 * The samples of the pages' frames within the range, by the numbers of their series. Where room is lent for them, what is little
 * is only fetched, and unpacked series by series when it is asked for, so that it is still close by when it is looked at.
 */
export async function readSamples(
  client: PoolClient,
  tenantId: TenantId,
  question: SamplesQuestion,
): Promise<ReadonlyMap<number, UnpackSamples>> {
  const { pages, range, memory } = question;
  const parts = [...piecesOf(pages)];
  const [only] = parts;
  if (memory === undefined || only === undefined || parts.length > 1 || samplesMaxOf(pages) > unpackedMax) {
    const read = await readAtOnce(client, tenantId, { ...question, parts });
    return new Map(Array.from(read, ([ref, run]) => [ref, () => runWithin(run, range.from, range.to)]));
  }
  await readPieces(client, tenantId, { pieces: only.flatMap(({ pieces }) => pieces), memory });
  return unpackersOf(only, question);
}

interface SamplesQuestion {
  readonly pages: readonly HeldPage[];
  readonly range: TimeRange;
  readonly onDamage: OnDamage;
  readonly memory?: LendMemory | undefined;
}

/** The most samples that one series has in frames of the pages. */
function samplesMaxOf(pages: readonly HeldPage[]): number {
  const counts = new Map<number, number>();
  for (const { frames } of pages) {
    for (const { ref, samples } of frames) counts.set(ref, (counts.get(ref) ?? 0) + samples);
  }
  return counts.values().reduce((most, count) => Math.max(most, count), 0);
}

async function readAtOnce(
  client: PoolClient,
  tenantId: TenantId,
  { pages, parts, range, onDamage, memory }: SamplesQuestion & { readonly parts: readonly (readonly PagePieces[])[] },
): Promise<ReadonlyMap<number, SampleRun>> {
  const gathered = gatheringsOf(pages, { until: range.to, memory });
  let turnStartedAt = performance.now();
  for (const some of parts) {
    await readPieces(client, tenantId, { pieces: some.flatMap(({ pieces }) => pieces), memory });
    for (const { page, pieces } of some) {
      const reader = createFrameReader((column) => bytesAmong(pieces, column));
      for (const frame of page.frames) {
        if (gathered.get(frame.ref)?.take(reader, frame) === false) onDamage({ page, frame });
        if (performance.now() - turnStartedAt < turnMs) continue;
        await nextTurn();
        turnStartedAt = performance.now();
      }
      for (const piece of pieces) piece.bytes = noBytes;
    }
  }
  return new Map(Array.from(gathered, ([ref, own]) => [ref, own.run()]));
}

function unpackersOf(
  fetched: readonly PagePieces[],
  { range, onDamage, memory }: SamplesQuestion,
): ReadonlyMap<number, UnpackSamples> {
  const framesOf = new Map<
    number,
    { readonly page: HeldPage; readonly reader: FrameReader; readonly frame: PageFrame }[]
  >();
  for (const { page, pieces } of fetched) {
    // Of times that were read for one series the room may be another's by then.
    const reader = createFrameReader((column) => bytesAmong(pieces, column), { keepsTimes: false });
    for (const frame of page.frames) {
      const own = framesOf.get(frame.ref);
      if (own === undefined) framesOf.set(frame.ref, [{ page, reader, frame }]);
      else own.push({ page, reader, frame });
    }
  }
  return new Map(
    Array.from(framesOf, ([ref, own]) => [
      ref,
      () => {
        const gathering = gatheringsOf([{ frames: own.map(({ frame }) => frame) }], { until: range.to, memory }).get(
          ref,
        );
        for (const { page, reader, frame } of own) {
          if (gathering?.take(reader, frame) === false) onDamage({ page, frame });
        }
        return runWithin(gathering?.run() ?? emptyRun, range.from, range.to);
      },
    ]),
  );
}

/** The columns of all pages as pieces, of so many pages at a time as one statement may bring. */
function* piecesOf(pages: readonly HeldPage[]): Generator<PagePieces[]> {
  let some: PagePieces[] = [];
  let bytes = 0;
  for (const page of pages) {
    // Columns of times come first in a page, those of values after them.
    const columns: Column[] = [...new Set(page.frames.map(({ times }) => times))].sort((a, b) => a.offset - b.offset);
    const pieces: Piece[] = [];
    for (const { offset, length } of [...columns, ...page.frames]) {
      bytes += length;
      const open = pieces.at(-1);
      if (open !== undefined && offset - open.end <= gapMax) open.end = offset + length;
      else pieces.push({ page, offset, end: offset + length, bytes: noBytes });
    }
    some.push({ page, pieces });
    if (bytes < statementBytesMax) continue;
    yield some;
    some = [];
    bytes = 0;
  }
  if (some.length > 0) yield some;
}

const noBytes = Buffer.alloc(0);

/** The bytes of a column; fewer where some are missing. */
function bytesAmong(pieces: readonly Piece[], { offset, length }: Column): Uint8Array {
  let [low, high] = [0, pieces.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((pieces[middle]?.offset ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  const piece = pieces[low];
  if (piece === undefined) return noBytes;
  return piece.bytes.subarray(offset - piece.offset, offset - piece.offset + length);
}

/** Fills in the bytes of pieces; they stay shorter or empty where rows or bytes are missing. */
async function readPieces(
  client: PoolClient,
  tenantId: TenantId,
  { pieces, memory }: { readonly pieces: readonly Piece[]; readonly memory: LendMemory | undefined },
): Promise<void> {
  for (const table of ['sample_block', 'sample_page'] as const) {
    const places = [...pieces.keys()].filter((place) => pieces[place]?.page.table === table);
    if (places.length === 0) continue;
    const own = places.flatMap((place) => pieces[place] ?? []);
    const isBlock = table === 'sample_block';
    const columns = [
      [own.map(({ page }) => page.group), 'bigint'],
      [own.map(({ page }) => page.id), 'bigint'],
      [own.map(({ page }) => page.week), 'int'],
      [own.map(({ offset }) => offset + 1), 'int'],
      [own.map(({ offset, end }) => end - offset), 'int'],
      [places, 'int'],
    ] as const;
    const weeks = new Set(own.map(({ page }) => page.week));
    const query = `
      select asked.place, substring(held.bytes from asked.position for asked.length)
        from unnest(${columns.map(([numbers, type]) => `'${arrayLiteral(numbers)}'::${type}[]`).join(', ')})
               as asked(own_group, id, week, position, length, place)
        join ${table} held
          on held.tenant_id = ${escapeLiteral(tenantId)} and held.${isBlock ? 'block_group' : 'page_group'} = asked.own_group
         and held.id = asked.id
         ${isBlock ? `and held.week = asked.week and held.week = any('${arrayLiteral([...weeks])}'::int[])` : ''}`;
    await readBinaryRows(client, query, ([place, bytes]) => {
      const piece = place === undefined ? undefined : pieces[place.readInt32BE()];
      if (piece !== undefined && bytes !== undefined) piece.bytes = copyOf(bytes, memory);
    });
  }
}

function copyOf(bytes: Buffer, memory: LendMemory | undefined): Buffer {
  if (memory === undefined) return Buffer.from(bytes);
  const room = memory(Math.ceil(bytes.length / Float64Array.BYTES_PER_ELEMENT));
  const copy = Buffer.from(room.buffer, room.byteOffset, bytes.length);
  copy.set(bytes);
  return copy;
}
