import { HeliosError, orderedId, type TenantId } from '@heliosiq/model';
import type {
  Forgetful,
  Lease,
  Logger,
  Meter,
  RetentionJournal,
  RetentionKeeper,
  RetentionKind,
  RetentionOutcome,
  RetentionRule,
  SeriesChanges,
} from '@heliosiq/ports';
import { cutOffOf, rulesFor, type RetentionSettings } from './retention-rules.ts';

export interface RetentionDeps {
  /** What forgets what; kinds without an entry are not kept here. */
  readonly stores: Partial<Readonly<Record<RetentionKind, Forgetful>>>;
  readonly settings: RetentionSettings;
  readonly journal: RetentionJournal;
  readonly lease: Lease;
  /** Says of which samples no rollups were made yet; absent where nobody makes any. */
  readonly changes?: SeriesChanges | undefined;
  readonly meter: Meter;
  readonly logger: Logger;
  readonly now: () => number;
}

/** A run that died keeps others waiting for this long; a living one renews it at every kind. */
const leaseMs = 600_000;
/** How long the journal keeps its lines. */
const journalMs = 1100 * 86_400_000;
/**
 * Unsettled stretches that are looked at, those that were written to longest ago. Beyond them are stretches of today, and what
 * came late within the last minutes.
 */
const stretchesMax = 200;

/**
 * Forgets what is older than the rules keep, one kind after another, and writes down what went. Samples of which rollups are
 * still to be made stay until they are.
 */
export function createRetention(deps: RetentionDeps): RetentionKeeper {
  const { stores, settings, journal, lease, changes, logger, meter, now } = deps;
  const holder = orderedId();
  const removed = meter.counter({
    name: 'heliosiq_retention_removed_total',
    help: 'Records removed because they were older than is kept.',
    labels: ['kind'],
  });

  /** Why samples cannot go yet; undefined when they can. */
  async function reasonToHold(tenantId: TenantId, before: number): Promise<string | undefined> {
    const waiting = (await changes?.changed(tenantId, { limit: stretchesMax, until: now() })) ?? [];
    const isWaiting = waiting.some(({ from }) => from < before);
    return isWaiting ? 'rollups of these samples are still to be made' : undefined;
  }

  async function outcomeOf(
    tenantId: TenantId,
    { kind, days }: RetentionRule,
    { isDryRun, signal }: { readonly isDryRun: boolean; readonly signal: AbortSignal },
  ): Promise<RetentionOutcome | undefined> {
    const store = stores[kind];
    const before = cutOffOf({ kind, days }, now());
    if (store === undefined || before === undefined) return undefined;
    const startedAt = performance.now();
    const nothing = { kind, before, items: 0, bytes: 0 };
    const tookMs = (): number => Math.round(performance.now() - startedAt);
    const held = kind === 'sample' ? await reasonToHold(tenantId, before) : undefined;
    if (held !== undefined) {
      // What is held back would have been something; a tenant without old samples is not told a reason.
      const { items } = await store.forget(tenantId, { before, isDryRun: true, signal });
      return items === 0 ? { ...nothing, durationMs: tookMs() } : { ...nothing, durationMs: tookMs(), held };
    }
    try {
      const { items, bytes } = await store.forget(tenantId, { before, isDryRun, signal });
      if (signal.aborted && isDryRun) signal.throwIfAborted();
      const outcome = { kind, before, items, bytes, durationMs: tookMs() };
      return signal.aborted ? { ...outcome, fault: 'stopped before its end' } : outcome;
    } catch (error) {
      if (isDryRun) throw error;
      const fault = error instanceof Error ? error.message : String(error);
      logger.error({ tenant: tenantId, kind, error }, 'what is too old could not be forgotten');
      return { ...nothing, durationMs: tookMs(), fault };
    }
  }

  async function runAll(
    tenantId: TenantId,
    options: { readonly isDryRun: boolean; readonly signal: AbortSignal },
    onKind: (outcome: RetentionOutcome) => Promise<void> = () => Promise.resolve(),
  ): Promise<readonly RetentionOutcome[]> {
    const outcomes: RetentionOutcome[] = [];
    for (const rule of rulesFor(tenantId, settings)) {
      options.signal.throwIfAborted();
      const outcome = await outcomeOf(tenantId, rule, options);
      if (outcome === undefined) continue;
      outcomes.push(outcome);
      await onKind(outcome);
    }
    return outcomes;
  }

  return {
    rules: (tenantId) => rulesFor(tenantId, settings).filter(({ kind }) => stores[kind] !== undefined),

    preview: (tenantId, signal) => runAll(tenantId, { isDryRun: true, signal }),

    async enforce(tenantId, actor, signal) {
      const name = `retention ${tenantId}`;
      if (!(await lease.take(name, holder, leaseMs))) {
        throw new HeliosError('conflict', 'Another retention run of this tenant is under way', {
          cure: 'Wait until it has ended.',
        });
      }
      try {
        await journal.expire(tenantId, now() - journalMs);
        return await runAll(tenantId, { isDryRun: false, signal }, async (outcome) => {
          const { held: _, ...entry } = outcome;
          // Each kind is written down when it is done, so that a run that is killed has told what it did.
          if (outcome.items > 0 || outcome.fault !== undefined) {
            await journal.add(tenantId, [{ ...entry, id: orderedId(), at: now(), actor }]);
            removed.add(outcome.items, { kind: outcome.kind });
            logger.info({ tenant: tenantId, actor, ...entry }, 'retention forgot what is too old');
          }
          await lease.take(name, holder, leaseMs);
        });
      } finally {
        await lease.release(name, holder);
      }
    },

    journal: (tenantId, options) => journal.list(tenantId, options),
  };
}
