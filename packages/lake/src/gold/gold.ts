import { setTimeout } from 'node:timers/promises';
import { orderedId, type SeriesId, type TenantId } from '@heliosiq/model';
import {
  createPacer,
  type ChangedStretch,
  type Lease,
  type Logger,
  type Meter,
  type Pacer,
  type RollupStore,
  type SeriesChanges,
  type SeriesStore,
  type Service,
  type TenantStore,
} from '@heliosiq/ports';
import { dayOf } from './day-rollup.ts';
import { rollUpSeries, type RollupDamage } from './roll-up-series.ts';

export interface GoldDeps {
  readonly changes: SeriesChanges;
  readonly series: SeriesStore;
  readonly rollups: RollupStore;
  readonly tenants: TenantStore;
  /** Has one program at a time do the work; what two did would be right, and done twice. */
  readonly lease: Lease;
  readonly meter: Meter;
  readonly logger: Logger;
  readonly now: () => number;
  /** Shared by the stages of a process. Default: one of its own. */
  readonly pacer?: Pacer;
  readonly options?: GoldOptions;
}

export interface GoldOptions {
  /** Time between two looks for what changed. Default 60,000. */
  readonly everyMs?: number;
  /** A day (UTC) is rolled up when it has been over for this long. Default 3,600,000. */
  readonly graceMs?: number;
  /** A stretch that was written to more recently waits. Default 30,000. */
  readonly quietMs?: number;
}

/** Stretches that are looked at in one go; each names the series of a group. */
const stretchesAtOnce = 100;
const dayMs = 86_400_000;
const leaseName = 'gold';
/** Another program takes over when this one was not heard of for so long; it is at every few seconds of work. */
const leaseMs = 300_000;

/**
 * The service that keeps rollups true: it asks which stretches of which series were written to, rolls up the days among
 * them that are over, and settles them. A stretch is settled after its pages are durable, so that a crash repeats work and
 * loses none. Samples that come late make their day be rolled up again.
 */
export function createGold({ changes, tenants, lease, logger, meter, now, options = {}, ...deps }: GoldDeps): Service {
  const stores = { series: deps.series, rollups: deps.rollups, pacer: deps.pacer ?? createPacer() };
  const { everyMs = 60_000, graceMs = 3_600_000, quietMs = 30_000 } = options;
  const holder = orderedId();
  const samples = meter.counter({ name: 'heliosiq_gold_samples_total', help: 'Samples read to make rollups.' });
  const pages = meter.counter({ name: 'heliosiq_gold_pages_total', help: 'Pages of rollups written.' });
  const damages = meter.counter({
    name: 'heliosiq_gold_damaged_total',
    help: 'Pages of rollups that could not be read and were made anew.',
  });

  /** Whether a stretch belongs to a day that is over, or to one so far ahead that waiting for it makes no sense. */
  function isOver({ from, to }: ChangedStretch): boolean {
    const dayEndsAt = dayOf(to - 1) + dayMs;
    return dayEndsAt <= now() - graceMs || from >= now() + dayMs;
  }

  function noteDamage(tenantId: TenantId, { resolution, seriesId, startAt, lostDays }: RollupDamage): void {
    damages.add(1);
    logger.error(
      { tenant: tenantId, resolution, series: seriesId, startAt, lostDays },
      'a page of rollups was damaged and is made anew; its other days are answered from samples while there are any',
    );
  }

  /** Rolls up what changed until a moment; false when nothing of it could be worked on. */
  async function workThrough(tenantId: TenantId, until: number, signal: AbortSignal): Promise<boolean> {
    const found = await changes.changed(tenantId, { limit: stretchesAtOnce, until });
    const over = found.filter(isOver);
    if (over.length === 0 || !(await lease.take(leaseName, holder, leaseMs))) return false;
    for (const [dayAt, series] of daysOf(over)) {
      const work = { dayAt, series: [...series].sort(), signal };
      const done = await rollUpSeries(
        { ...stores, onDamage: (damage) => noteDamage(tenantId, damage) },
        tenantId,
        work,
      );
      samples.add(done.samples);
      pages.add(done.pages);
      await lease.take(leaseName, holder, leaseMs);
    }
    await changes.settle(tenantId, over);
    logger.debug({ tenant: tenantId, stretches: over.length }, 'rolled up');
    return true;
  }

  return {
    name: 'gold',
    async run(signal) {
      await using _held = { [Symbol.asyncDispose]: () => lease.release(leaseName, holder) };
      while (!signal.aborted) {
        try {
          for (const { id } of await tenants.tenants()) {
            // Those written to before the last day ended come first, because today's would stand before late ones.
            const dayEnd = dayOf(now() - graceMs) + graceMs;
            while (await workThrough(id, Math.min(dayEnd, now() - quietMs), signal));
            while (await workThrough(id, now() - quietMs, signal));
          }
        } catch (error) {
          if (signal.aborted) return;
          throw error;
        }
        await setTimeout(everyMs, undefined, { signal, ref: false }).catch((error: unknown) => {
          if (!signal.aborted) throw error;
        });
      }
    },
  };
}

/** The series of stretches by day, the days ascending. */
function daysOf(stretches: readonly ChangedStretch[]): [number, ReadonlySet<SeriesId>][] {
  const days = new Map<number, Set<SeriesId>>();
  for (const { from, to, series } of stretches) {
    for (let dayAt = dayOf(from); dayAt < to; dayAt += dayMs) {
      const known = days.get(dayAt) ?? new Set();
      for (const id of series) known.add(id);
      days.set(dayAt, known);
    }
  }
  return [...days].sort(([a], [b]) => a - b);
}
