import { setImmediate as nextTurn } from 'node:timers/promises';
import { escapeLiteral } from 'pg';
import type { TenantId } from '@heliosiq/model';
import type { TimeRange } from '@heliosiq/ports';
import { runWithin, type SampleRun } from '../sample-run.ts';
import { arrayLiteral } from './array-literal.ts';
import type { ReadRows } from './binary-rows.ts';
import { bytesAmong, noBytes, piecesOf, readPieces, type PagePieces } from './page-pieces.ts';
import { blockGroupOf, blockWeekOf, blockWeeks, pageGroupOf } from './sample-grid.ts';
import { gatheringsOf, type LendMemory } from './sample-gathering.ts';
import { createFrameReader, decodeDirectory, type PageFrame } from './sample-page.ts';
import { unpackersOf, type UnpackSamples } from './series-unpacking.ts';
import type { UnpackingThread } from './unpacking-thread.ts';

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

const int32Max = 2 ** 31 - 1;
/** Frames are decoded for this long before others get their turn. */
const turnMs = 10;
/** Samples of a series up to which it is unpacked in one go. */
const unpackedMax = 100_000;

/**
 * The directories of pages and blocks that reach into a range, with the frames of the given series in it; in the order of their
 * worth: where two hold a sample, the later is right. One statement, so that a merge between cannot hide samples.
 */
export async function readDirectories(
  read: ReadRows,
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
  const own = `tenant_id = ${escapeLiteral(tenantId)}`;
  const reaches = `from_at < '${range.to}'::float8 and until_at >= '${range.from}'::float8`;
  const columns = `id::float8, from_at::float8, until_at::float8, is_damaged, directory`;
  const fromPages = `
    select null::float8, page_group::float8, ${columns} from sample_page
     where ${own} and page_group = any('${arrayLiteral(groupsOf(refs, pageGroupOf))}'::bigint[]) and ${reaches}`;
  const fromBlocks = `
    select week::float8, block_group::float8, ${columns} from sample_block
     where ${own} and block_group = any('${arrayLiteral(groupsOf(refs, blockGroupOf))}'::bigint[])
       and week between ${weekLimit(range.from)} and ${weekLimit(range.to) + blockWeeks - 1} and ${reaches}`;
  const pages: HeldPage[] = [];
  await read(question.isPagesOnly === true ? fromPages : `${fromBlocks} union all ${fromPages}`, (row) => {
    const number = (field: number): number => row[field]?.readDoubleBE() ?? 0;
    const found = decodeDirectory(row[6] ?? noBytes, refs);
    const page: HeldPage = {
      table: row[0] === undefined ? 'sample_page' : 'sample_block',
      group: number(1),
      week: number(0),
      id: number(2),
      from: number(3),
      until: number(4),
      isDamaged: row[5]?.[0] === 1,
      frames: (found ?? []).filter(({ firstAt, lastAt }) => firstAt < range.to && lastAt >= range.from),
    };
    if (found === undefined) onDamage({ page });
    else if (page.frames.length > 0) pages.push(page);
  });
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

/**
 * The samples of the pages' frames within the range, by the numbers of their series. Where room is lent for them, what is little
 * is only fetched, and unpacked series by series when it is asked for, so that it is still close by when it is looked at.
 */
export async function readSamples(
  read: ReadRows,
  tenantId: TenantId,
  question: SamplesQuestion,
): Promise<ReadonlyMap<number, UnpackSamples>> {
  const { pages, range, memory } = question;
  const parts = [...piecesOf(pages)];
  const [only] = parts;
  if (memory === undefined || only === undefined || parts.length > 1 || samplesMaxOf(pages) > unpackedMax) {
    const runs = await readAtOnce(read, tenantId, { ...question, parts });
    return new Map(Array.from(runs, ([ref, run]) => [ref, () => runWithin(run, range.from, range.to)]));
  }
  await readPieces(read, tenantId, { pieces: only.flatMap(({ pieces }) => pieces), memory });
  return unpackersOf(only, { ...question, memory });
}

interface SamplesQuestion {
  readonly pages: readonly HeldPage[];
  readonly range: TimeRange;
  readonly onDamage: OnDamage;
  readonly memory?: LendMemory | undefined;
  /** Helps to unpack, until the signal says that nobody wants the samples any more. */
  readonly thread?: UnpackingThread | undefined;
  readonly signal?: AbortSignal | undefined;
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
  read: ReadRows,
  tenantId: TenantId,
  { pages, parts, range, onDamage, memory }: SamplesQuestion & { readonly parts: readonly (readonly PagePieces[])[] },
): Promise<ReadonlyMap<number, SampleRun>> {
  const gathered = gatheringsOf(pages, { until: range.to, memory });
  let turnStartedAt = performance.now();
  for (const some of parts) {
    await readPieces(read, tenantId, { pieces: some.flatMap(({ pieces }) => pieces), memory });
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
