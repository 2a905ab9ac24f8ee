import type { SampleBlock, SeriesId, SeriesRef, TenantId } from '@heliosiq/model';
import type { Breathe } from '@heliosiq/model/sample-gathering.ts';
import type {
  Logger,
  Meter,
  Pacer,
  SeriesDamage,
  SeriesFilter,
  SeriesPoints,
  SeriesStore,
  SeriesSummary,
  TimeRange,
} from '@heliosiq/ports';
import { checkedLimit } from '../limits.ts';
import { runOfBlocks, type SampleRun } from '../sample-run.ts';
import type { Database } from './database.ts';
import { appendRuns, type NumberedRun } from './series-append.ts';
import { createSeriesCatalogue, findSeries, seriesRefOf, type CatalogueRow } from './series-catalogue.ts';
import type { SeriesExtent } from './series-extents.ts';
import { createSeriesMemory, type SeriesMemory } from './series-memory.ts';
import { readExtents } from './series-extent-reader.ts';
import { createDamageReport } from './damage-report.ts';
import type { LendMemory } from './sample-gathering.ts';
import { readDirectories, readSamples, type HeldPage, type OnDamage, type PageDamage } from './sample-reader.ts';
import type { UnpackSamples } from './series-unpacking.ts';
import type { UnpackingThread } from './unpacking-thread.ts';

export interface PostgresSeriesStoreOptions {
  /** Lets appends give way to doors. */
  readonly pacer?: Pacer;
  readonly logger?: Logger;
  readonly meter?: Meter;
  /** Shared with a registry, so that what that one has registered costs no question. Default: one of its own. */
  readonly memory?: SeriesMemory;
  /** Helps with questions that lend shared memory. */
  readonly thread?: UnpackingThread;
  /** Milliseconds since the epoch. Default: the clock. */
  readonly now?: () => number;
}

/** Rows of the catalogue that are looked at together. */
const batchRows = { min: 100, max: 5000 } as const;

/**
 * A series store on PostgreSQL. Samples come as pages of many series, which are only inserted; the merger of `series-merger.ts`
 * puts small pages together and moves them to blocks. A read lays what it finds over each other.
 */
export function createPostgresSeriesStore(database: Database, options: PostgresSeriesStoreOptions = {}): SeriesStore {
  const catalogue = createSeriesCatalogue(database, options.memory ?? createSeriesMemory());
  const breathe: Breathe = () => options.pacer?.giveWay();
  const now = options.now ?? Date.now;
  const damages = createDamageReport(options);
  /** Of series that were handed out, as long as somebody holds them. */
  const numbers = new WeakMap<SeriesRef, { readonly tenantId: TenantId; readonly ref: number }>();

  /** Batches of the catalogue in the order of the names or the numbers, until there are no more. */
  async function* catalogueRows(
    tenantId: TenantId,
    question: { readonly filter: SeriesFilter; readonly order: 'names' | 'refs'; readonly wanted: number },
  ): AsyncGenerator<readonly CatalogueRow[], void, undefined> {
    const limit = Math.min(batchRows.max, Math.max(batchRows.min, question.wanted));
    for (let after: CatalogueRow | undefined; ;) {
      const rows = await database.asTenant(tenantId, (transaction) =>
        findSeries(transaction, tenantId, { ...question, limit, after }),
      );
      if (rows.length > 0) yield rows;
      if (rows.length < limit) return;
      after = rows.at(-1);
    }
  }

  /** Series with samples and what is held of them. */
  async function summaries(
    tenantId: TenantId,
    rows: readonly CatalogueRow[],
    isWanted: (extent: SeriesExtent) => boolean,
  ): Promise<SeriesSummary[]> {
    const refs = new Set(rows.map(({ ref }) => ref));
    const extents = await database.readAtOneMoment(tenantId, (read) =>
      readExtents(read, tenantId, { refs, onDamage: (damage) => damages.note(tenantId, damage) }),
    );
    return rows.flatMap((row) => {
      const extent = extents.get(row.ref);
      if (extent === undefined || !isWanted(extent)) return [];
      const series = seriesRefOf(row);
      numbers.set(series, { tenantId, ref: row.ref });
      return [{ series, ...extent }];
    });
  }

  /** What is known of series that were handed out before; undefined when that is not so of one of them. */
  function numbered(tenantId: TenantId, known: readonly SeriesRef[]): readonly NumberedSeries[] | undefined {
    const found: NumberedSeries[] = [];
    for (const series of known) {
      const own = numbers.get(series);
      if (own?.tenantId !== tenantId) return undefined;
      found.push({ ref: own.ref, series });
    }
    return found;
  }

  /** The first `limit` of the series that have samples in the range. */
  async function readRange(
    tenantId: TenantId,
    rows: readonly NumberedSeries[],
    { range, limit, signal, onDamage, memory }: RangeQuestion,
  ): Promise<SeriesPoints[]> {
    const refs = new Set(rows.map(({ ref }) => ref));
    const ids = new Map(rows.map(({ ref, series }) => [ref, series.id]));
    const note: OnDamage = (damage) => {
      damages.note(tenantId, damage);
      onDamage?.(damageOf(damage, ids));
    };
    const runs = await database.readAtOneMoment(tenantId, async (read) => {
      const pages = await readDirectories(read, tenantId, { refs, range, onDamage: note });
      signal?.throwIfAborted();
      const held = new Set(pages.flatMap(({ frames }) => frames.map(({ ref }) => ref)));
      const chosen = new Set(rows.flatMap(({ ref }) => (held.has(ref) ? [ref] : [])).slice(0, limit));
      const wanted = chosen.size === held.size ? pages : pages.map((page) => withSeries(page, chosen));
      return readSamples(read, tenantId, {
        pages: wanted,
        range,
        onDamage: note,
        memory,
        thread: options.thread,
        signal,
      });
    });
    signal?.throwIfAborted();
    return rows.flatMap(({ ref, series }) => {
      const unpack = runs.get(ref);
      if (unpack === undefined) return [];
      if (memory !== undefined) return [new UnpackedLater(series, unpack)];
      const run = unpack();
      return run.times.length === 0 ? [] : [{ series, ...run }];
    });
  }

  return {
    async append(tenantId, blocks) {
      const given = blocks.filter((block) => block.times.length > 0);
      if (given.length === 0) return;
      const refs = await catalogue.ensure(tenantId, given);
      const runs = runsOf(given, refs);
      const writtenAt = Math.round(now());
      await database.asTenant(tenantId, (transaction) =>
        appendRuns(transaction, tenantId, { runs, breathe, writtenAt }),
      );
    },

    async range(tenantId, filter, range, { seriesMax = 500, signal, onDamage, memory, known } = {}) {
      signal?.throwIfAborted();
      const limit = checkedLimit(seriesMax, Number.MAX_SAFE_INTEGER, 'seriesMax');
      if (!(range.from < range.to)) return [];
      const question = { range, signal, onDamage, memory };
      const ready = known === undefined ? undefined : numbered(tenantId, known);
      if (ready !== undefined) return readRange(tenantId, ready, { ...question, limit });
      const found: SeriesPoints[] = [];
      for await (const rows of catalogueRows(tenantId, { filter, order: 'names', wanted: limit })) {
        signal?.throwIfAborted();
        const own = rows.map((row) => ({ ref: row.ref, series: seriesRefOf(row) }));
        found.push(...(await readRange(tenantId, own, { ...question, limit: limit - found.length })));
        if (found.length >= limit) break;
      }
      return found;
    },

    async list(tenantId, filter, { limit = 1000 } = {}) {
      const wanted = checkedLimit(limit, Number.MAX_SAFE_INTEGER);
      const found: SeriesSummary[] = [];
      for await (const rows of catalogueRows(tenantId, { filter, order: 'names', wanted })) {
        found.push(...(await summaries(tenantId, rows, () => true)));
        if (found.length >= wanted) break;
      }
      return found.slice(0, wanted);
    },

    async *scan(tenantId, filter, range, { pageMax }) {
      const wanted = checkedLimit(pageMax, Number.MAX_SAFE_INTEGER, 'pageMax');
      if (!(range.from < range.to)) return;
      const isWanted = ({ firstAt, lastAt }: SeriesExtent): boolean => firstAt < range.to && lastAt >= range.from;
      let page: SeriesSummary[] = [];
      for await (const rows of catalogueRows(tenantId, { filter, order: 'refs', wanted })) {
        page.push(...(await summaries(tenantId, rows, isWanted)));
        for (; page.length >= wanted; page = page.slice(wanted)) yield page.slice(0, wanted);
      }
      if (page.length > 0) yield page;
    },
  };
}

interface NumberedSeries {
  readonly ref: number;
  readonly series: SeriesRef;
}

interface RangeQuestion {
  readonly range: TimeRange;
  readonly limit: number;
  readonly signal: AbortSignal | undefined;
  readonly onDamage: ((damage: SeriesDamage) => void) | undefined;
  readonly memory: LendMemory | undefined;
}

/**
 * Samples that are unpacked when they are first looked at. A class for the sake of its accessors: each object literal with some
 * would be a hidden class of its own.
 */
class UnpackedLater implements SeriesPoints {
  readonly series: SeriesRef;
  readonly #unpack: UnpackSamples;
  #run: SampleRun | undefined;

  constructor(series: SeriesRef, unpack: UnpackSamples) {
    this.series = series;
    this.#unpack = unpack;
  }

  get times(): SeriesPoints['times'] {
    return (this.#run ??= this.#unpack()).times;
  }

  get values(): SeriesPoints['values'] {
    return (this.#run ??= this.#unpack()).values;
  }
}

function withSeries(page: HeldPage, refs: ReadonlySet<number>): HeldPage {
  return { ...page, frames: page.frames.filter(({ ref }) => refs.has(ref)) };
}

function damageOf({ page, frame }: PageDamage, ids: ReadonlyMap<number, SeriesId>): SeriesDamage {
  const series = frame === undefined ? undefined : ids.get(frame.ref);
  return {
    from: frame?.firstAt ?? page.from,
    until: frame?.lastAt ?? page.until,
    ...(series !== undefined && { series }),
  };
}

/** One run for each series, of all its blocks, in ascending order of the series' numbers. */
function runsOf(blocks: readonly SampleBlock[], refs: Float64Array): NumberedRun[] {
  if (isAscending(refs)) return blocks.map((block, index) => ({ ref: refs[index] ?? 0, run: runOfBlocks([block]) }));
  const blocksOf = Map.groupBy(blocks.entries(), ([index]) => refs[index] ?? 0);
  return [...blocksOf]
    .map(([ref, own]) => ({ ref, run: runOfBlocks(own.map(([, block]) => block)) }))
    .sort((a, b) => a.ref - b.ref);
}

function isAscending(refs: Float64Array): boolean {
  for (let index = 1; index < refs.length; index += 1) if ((refs[index] ?? 0) <= (refs[index - 1] ?? 0)) return false;
  return true;
}
