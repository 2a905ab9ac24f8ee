import { setTimeout as delay } from 'node:timers/promises';
import { HeliosError } from '@heliosiq/model';
import type { Breathe } from '@heliosiq/model/sample-gathering.ts';
import type { Logger, Meter, Pacer, Service } from '@heliosiq/ports';
import { settledPages, tryLockUpkeep } from './append-order.ts';
import { createBlockPartitions } from './block-partitions.ts';
import { runsByWeek } from './block-rewrite.ts';
import type { Database } from './database.ts';
import {
  chooseMerge,
  mergePagesMin,
  sealAgeMs,
  sealSamplesMin,
  sealSeriesSamples,
  type MergeChoice,
} from './merge-choice.ts';
import {
  findBusyGroups,
  insertMergedPage,
  listPages,
  loadPages,
  retirePages,
  type BlockPlace,
  type PageGroup,
} from './page-rows.ts';
import { framesBySeries, runOfFrames, type LoadedPage } from './page-runs.ts';
import { blockGroupOf } from './sample-grid.ts';
import type { SampleRun } from '../sample-run.ts';
import { createPageWriter } from './sample-page.ts';
import { sealRuns } from './series-sealing.ts';
import { createTablePacking } from './table-packing.ts';

export interface SeriesMergerDeps {
  readonly database: Database;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Lets the merger give way to doors. */
  readonly pacer?: Pacer;
  /** Milliseconds since the epoch. Default: the clock. */
  readonly now?: () => number;
  /** Bytes of all blocks from which on live fortnights get tables of their own. Default: 64 MiB. */
  readonly weekTableBytesMin?: number;
}

/** The service that keeps the store of `series-store.ts` small and quick to read. */
export interface SeriesMerger extends Service {
  /** Works until nothing is left to do; `isFinal` moves everything to blocks, however young. Returns how often it found work. */
  mergeAll(options?: { readonly isFinal?: boolean; readonly signal?: AbortSignal }): Promise<number>;
  /** Gives back the room that small tables no longer need, as the service does now and then; returns the bytes. */
  packTables(signal?: AbortSignal): Promise<number>;
}

/** How long it rests when there was nothing to do. */
const restMs = 5000;
/** How long it waits when the database is out, or somebody else merges. */
const outageRestMs = 5000;
/** Small tables are written anew this often at most, at a moment without other work. */
const packEveryMs = 3_600_000;
/** Groups of one round. */
const roundGroupsMax = 5000;

/**
 * Puts small pages together and moves them to blocks. Each step is one transaction, so that an interruption at any moment
 * loses and doubles nothing; one program of a database works at a time, the others look on.
 */
export function createSeriesMerger(deps: SeriesMergerDeps): SeriesMerger {
  const { database, logger, meter, pacer, now = Date.now } = deps;
  const partitions = createBlockPartitions(database, deps.weekTableBytesMin);
  const packing = createTablePacking(database);
  const breathe: Breathe = () => pacer?.giveWay();
  const merged = meter.counter({
    name: 'heliosiq_lake_merges_total',
    help: 'Steps of the merger of the series store, by kind.',
    labels: ['kind'],
  });
  const seconds = meter.histogram({ name: 'heliosiq_lake_merge_seconds', help: 'Time of one step of the merger.' });
  const damaged = meter.counter({
    name: 'heliosiq_lake_set_aside_total',
    help: 'Pages and blocks that the merger could not read in full and put aside.',
  });

  function noteDamage(fields: Readonly<Record<string, unknown>>): void {
    damaged.add(1);
    logger.error(fields, 'stored samples are damaged: what can be read moves on, the rest is put aside');
  }

  /** One round over all groups with work; returns how many there were. */
  async function round(sealAfterMs: number, signal: AbortSignal | undefined): Promise<number> {
    const settled = await database.asSystem(settledPages);
    const groups = await database.asSystem((transaction) =>
      findBusyGroups(transaction, {
        settled,
        pagesMin: mergePagesMin,
        samplesMin: sealSamplesMin,
        seriesSamplesMin: sealSeriesSamples,
        writtenAfter: now() - sealAfterMs,
        writtenBefore: now() + sealAfterMs,
        limit: roundGroupsMax,
      }),
    );
    let worked = 0;
    for (const group of groups) {
      if (signal?.aborted === true) break;
      const startedAt = performance.now();
      const kind = await database.asSystem(async (transaction) => {
        if (!(await tryLockUpkeep(transaction))) return undefined;
        const pages = await listPages(transaction, group, settled);
        const choice = chooseMerge(pages, { now: now(), sealAfterMs });
        if (choice === undefined) return undefined;
        const loaded = await loadPages(transaction, group, choice.pages);
        const damages = new Set(loaded.filter(({ frames }) => frames === undefined).map(({ id }) => id));
        await (choice.kind === 'merge' ? merge : seal)(transaction, group, { choice, loaded, damages });
        for (const id of damages) noteDamage({ tenant: group.tenantId, table: 'sample_page', group: group.group, id });
        return choice.kind;
      });
      if (kind === undefined) continue;
      worked += 1;
      merged.add(1, { kind });
      seconds.observe((performance.now() - startedAt) / 1000);
    }
    return worked;
  }

  type Transaction = Parameters<Parameters<Database['asSystem']>[0]>[0];

  interface Work {
    readonly choice: MergeChoice;
    readonly loaded: readonly LoadedPage[];
    /** Numbers of the pages of which a part cannot be read. */
    readonly damages: Set<number>;
  }

  async function merge(transaction: Transaction, group: PageGroup, { choice, loaded, damages }: Work): Promise<void> {
    const writer = createPageWriter();
    for (const [ref, frames] of framesBySeries(loaded)) {
      writer.add(
        ref,
        runOfFrames(frames, ({ page }) => damages.add(page.id)),
      );
      await breathe();
    }
    const ids = choice.pages.map(({ id }) => id);
    await retirePages(transaction, group, { ids, damaged: damages });
    const page = writer.finish();
    if (page === undefined) return;
    const writtenAt = choice.pages.reduce((least, one) => Math.min(least, one.writtenAt), Infinity);
    await insertMergedPage(transaction, group, { page, id: ids.at(-1) ?? 0, writtenAt });
  }

  async function seal(transaction: Transaction, group: PageGroup, { choice, loaded, damages }: Work): Promise<void> {
    const runs = new Map<number, SampleRun>();
    for (const [ref, frames] of framesBySeries(loaded)) {
      runs.set(
        ref,
        runOfFrames(frames, ({ page }) => damages.add(page.id)),
      );
      await breathe();
    }
    // Before the transaction touches blocks: the making of a table waits for all that did.
    await partitions.ensure(runsByWeek(runs).keys(), now());
    const report = {
      breathe,
      onDamage: (place: BlockPlace, id: number) =>
        noteDamage({ tenant: place.tenantId, table: 'sample_block', group: place.group, week: place.week, id }),
    };
    for (const [blockGroup, own] of Map.groupBy(runs, ([ref]) => blockGroupOf(ref))) {
      const place = { tenantId: group.tenantId, group: blockGroup };
      await sealRuns(transaction, place, { runs: new Map(own), report });
    }
    await retirePages(transaction, group, { ids: choice.pages.map(({ id }) => id), damaged: damages });
  }

  return {
    name: 'series-merger',

    async mergeAll({ isFinal = false, signal } = {}) {
      let worked = 0;
      for (;;) {
        const found = await round(isFinal ? 0 : sealAgeMs, signal);
        worked += found;
        if (found === 0) return worked;
      }
    },

    packTables: (signal) => packing.pack(signal),

    async run(signal) {
      let packedAt = performance.now();
      while (!signal.aborted) {
        let waitMs = restMs;
        try {
          if ((await round(sealAgeMs, signal)) > 0) waitMs = 0;
          else if (performance.now() - packedAt >= packEveryMs) {
            await packing.pack(signal);
            packedAt = performance.now();
          }
        } catch (error) {
          if (!(error instanceof HeliosError && (error.code === 'unavailable' || error.code === 'timeout')))
            throw error;
          logger.warn({ code: error.code, error: error.message }, 'the database is out: merging waits');
          waitMs = outageRestMs;
        }
        if (waitMs > 0) await delay(waitMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}
