import { setTimeout as wait } from 'node:timers/promises';
import { type Alert, HeliosError, type TenantId } from '@heliosiq/model';
import type { Logger, Meter, Service, TenantStore } from '@heliosiq/ports';
import { createTelemetryBatch } from '../intake/telemetry-batch.ts';
import type { TelemetryIntake } from '../intake/telemetry-intake.ts';
import type { AlertBook } from './alert-book.ts';
import type { AlertBooks } from './alert-books.ts';
import type { AlertSettings } from './alert-settings.ts';
import { shardOf } from './alert-shard.ts';
import { episodeHeaders } from './saved-episode.ts';

export interface AlertExpiryDeps {
  readonly books: AlertBooks;
  readonly telemetry: TelemetryIntake;
  readonly tenants: Pick<TenantStore, 'tenants'>;
  readonly meter: Meter;
  readonly logger: Logger;
  readonly now: () => number;
  readonly settings: AlertSettings;
}

/** A tick that comes so much too late means that the machine slept, and its senders may have. */
const sleptMs = 30_000;
const expiredPerStep = 500;
/** After each alert that was saved saving rests for so long, in all no longer than this: thousands are not written all the time. */
const saveRestMsPerAlert = 1.5;
const saveRestMsMax = 30_000;
const outageCodes: ReadonlySet<string> = new Set(['unavailable', 'timeout', 'rate-limited']);

/**
 * Ends alerts that their sender stopped refreshing, at the moment until which it had vouched for them, and saves what has
 * to survive a restart. After a start, an outage or a sleep senders first get `graceMs` to be heard again.
 */
export function createAlertExpiry({
  books,
  telemetry,
  tenants,
  meter,
  logger,
  now,
  settings,
}: AlertExpiryDeps): Service {
  const expiredAlerts = meter.counter({
    name: 'heliosiq_ingest_alerts_expired_total',
    help: 'Alerts that ended because nobody refreshed them.',
  });
  const followedAlerts = meter.gauge({
    name: 'heliosiq_ingest_alerts_firing',
    help: 'Firing alerts that are followed, of all tenants.',
  });
  /** Ends that the log has not taken yet. */
  const unstored = new Map<TenantId, readonly Alert[]>();
  let heardSince = now();

  function isOver(book: AlertBook, fingerprint: string, at: number): boolean {
    const followed = book.firing.get(fingerprint);
    if (followed === undefined || followed.expiresAt > at) return false;
    return followed.updatedAt >= heardSince || at >= heardSince + settings.graceMs;
  }

  async function endExpired(tenantId: TenantId, book: AlertBook): Promise<void> {
    const at = now();
    const over: string[] = [];
    for (const fingerprint of book.expiring.keys()) {
      if (over.length < expiredPerStep && isOver(book, fingerprint, at)) over.push(fingerprint);
    }
    // Another process may have heard of them.
    if (over.length > 0) await books.refresh(tenantId, new Set(over.map(shardOf)));
    const alerts = [
      ...(unstored.get(tenantId) ?? []),
      ...over.filter((one) => isOver(book, one, at)).flatMap((one) => book.expire(one, at)),
    ];
    if (alerts.length === 0) return;
    unstored.set(tenantId, alerts);
    const batch = createTelemetryBatch(tenantId);
    batch.signals.push(...alerts);
    await telemetry.store(batch, { headersOf: (signal) => episodeHeaders(book, signal) });
    book.markStored(alerts);
    unstored.delete(tenantId);
    const ends = alerts.filter(({ status }) => status === 'resolved').length;
    expiredAlerts.add(ends);
    logger.info({ tenantId, alerts: ends }, 'alerts ended because nobody refreshed them');
  }

  /** Does one thing; where an outage stops it, it stays due, and senders get time again: they could not be heard either. */
  async function attempt(step: () => Promise<unknown>): Promise<boolean> {
    try {
      await step();
      return true;
    } catch (error) {
      if (!(error instanceof HeliosError) || !outageCodes.has(error.code)) throw error;
      heardSince = now();
      logger.warn({ error: error.message }, 'alerts could not be ended or saved; it is tried again');
      return false;
    }
  }

  async function loadAll(): Promise<void> {
    for (const { id } of await tenants.tenants()) await books.of(id);
  }

  /** Saves the books; answers from when on it may be done again, as `performance.now()` tells time. What a crash takes is read in the log. */
  async function save(): Promise<number> {
    let written = 0;
    await attempt(async () => {
      written = await books.save();
    });
    return performance.now() + Math.min(saveRestMsMax, saveRestMsPerAlert * written);
  }

  async function tick(): Promise<void> {
    let firing = 0;
    for (const [tenantId, book] of books.loaded()) {
      await attempt(() => endExpired(tenantId, book));
      firing += book.firing.size;
    }
    followedAlerts.set(firing);
  }

  return {
    name: 'alert-expiry',
    async run(signal) {
      heardSince = now();
      let isLoaded = false;
      let tickedAt = now();
      let savedAt = tickedAt;
      let restUntil = -Infinity;
      let isLast = false;
      while (!isLast) {
        await wait(settings.tickMs, undefined, { signal }).catch(() => undefined);
        // Told to stop while it saved, it saves once more.
        isLast = signal.aborted;
        const at = now();
        if (at - tickedAt > settings.tickMs + sleptMs) heardSince = at;
        tickedAt = at;
        isLoaded ||= await attempt(loadAll);
        const isRested = performance.now() >= restUntil;
        const isTimeToSave = isLast || (isRested && at - savedAt >= settings.saveMs);
        if (isTimeToSave) savedAt = at;
        await tick();
        if (isTimeToSave) restUntil = await save();
      }
    },
  };
}
