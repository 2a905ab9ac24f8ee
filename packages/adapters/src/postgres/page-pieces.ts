import { escapeLiteral } from 'pg';
import type { TenantId } from '@heliosiq/model';
import { arrayLiteral } from './array-literal.ts';
import type { ReadRows } from './binary-rows.ts';
import type { LendMemory } from './sample-gathering.ts';
import type { Column } from './sample-page.ts';
import type { HeldPage } from './sample-reader.ts';

/** Consecutive columns of a page, to be read as one piece. */
export interface Piece {
  readonly page: HeldPage;
  readonly offset: number;
  end: number;
  bytes: Buffer;
}

/** A page and the pieces of it that are wanted. */
export interface PagePieces {
  readonly page: HeldPage;
  readonly pieces: readonly Piece[];
}

/** Frames that lie this close are read as one piece. */
const gapMax = 2048;
/** Bytes of the pieces of one statement. */
const statementBytesMax = 16_000_000;

/** The columns of all pages as pieces, of so many pages at a time as one statement may bring. */
export function* piecesOf(pages: readonly HeldPage[]): Generator<PagePieces[]> {
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

/** Of a piece that was not read, or is no longer needed. */
export const noBytes = Buffer.alloc(0);

/** The bytes of a column; fewer where some are missing. */
export function bytesAmong(pieces: readonly Piece[], { offset, length }: Column): Uint8Array {
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
export async function readPieces(
  read: ReadRows,
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
    await read(query, ([place, bytes]) => {
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
