import { setTimeout as wait } from 'node:timers/promises';
import { HeliosError } from '@heliosiq/model';
import type { TenantId } from '@heliosiq/model';
import type { Logger, Meter, SeriesRegistry, Service, StateStore } from '@heliosiq/ports';
import { limitsOf } from './tenant-quota-limits.ts';
import type { QuotaLimits, TenantLimits } from './tenant-quota-limits.ts';
import { createTenantRate } from './tenant-quota-rate.ts';
import type { TenantRate } from './tenant-quota-rate.ts';

/** What a batch takes from a tenant's allowance. */
export interface QuotaAmounts {
  /** Samples and other signals. */
  readonly signals: number;
  /** Size of the body after decompression. */
  readonly bytes: number;
}

/** What a tenant may still send. */
export interface TenantQuota {
  /** Takes the amounts, or rejects with `rate-limited` and the seconds after which to try again. */
  admit(tenantId: TenantId, amounts: QuotaAmounts): Promise<void>;
  /** Gives amounts back whose batch could not be stored, so that retries during an outage cost nothing. */
  giveBack(tenantId: TenantId, amounts: QuotaAmounts): void;
  /** How many of so many series may be added; `undefined` = all. */
  admitSeries(tenantId: TenantId, news: number): Promise<number | undefined>;
  /** Counts series that were refused; answers the reason in public words. */
  refuseSeries(tenantId: TenantId, refused: { readonly series: number; readonly samples: number }): string;
}

/** The quota that refuses nothing. */
export const unlimitedQuota: TenantQuota = {
  admit: () => Promise.resolve(),
  giveBack: () => undefined,
  admitSeries: () => Promise.resolve(undefined),
  refuseSeries: () => 'The limit of series is reached',
};

export interface TenantQuotaDeps {
  readonly limits: QuotaLimits;
  readonly registry: Pick<SeriesRegistry, 'count'>;
  readonly states: StateStore;
  readonly meter: Meter;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

interface TenantUse {
  readonly limits: TenantLimits;
  readonly rate: TenantRate;
  day: number;
  bytes: number;
  savedBytes: number;
  /** Signals since the gauges were last set. */
  signals: number;
  /** Series as last counted, and those let in since, known ones among them. */
  series: number;
  seriesLetIn: number;
  seriesCountedAt: number;
}

const dayMs = 86_400_000;
const saveEveryMs = 5000;
const recountMs = 10_000;
/** A sender that waits longer than this does not notice that the limit was raised. */
const retryAfterMaxS = 3600;
const scope = 'ingest-quota';
const key = 'bytes-per-day';

/**
 * Limits per tenant: signals a second (a token bucket that a single batch may overdraw, so that batches of any size
 * pass and the average holds), series, and bytes a day. The bytes of the day survive a restart, less the last seconds
 * before a crash. Each process counts for itself. `run` saves and sets the gauges.
 */
export function createTenantQuota(deps: TenantQuotaDeps): TenantQuota & Service {
  const { limits, registry, states, meter, logger, now } = deps;
  const uses = new Map<TenantId, Promise<TenantUse>>();
  const opened = new Map<TenantId, TenantUse>();
  const refused = meter.counter({
    name: 'heliosiq_ingest_refused_total',
    help: 'Samples and other signals refused because a limit of the tenant was reached.',
    labels: ['tenant', 'reason'],
  });
  const used = meter.gauge({
    name: 'heliosiq_ingest_quota_used',
    help: 'What a tenant uses of each limit: signals per second, series, bytes of the day.',
    labels: ['tenant', 'limit'],
  });
  const maximum = meter.gauge({
    name: 'heliosiq_ingest_quota_max',
    help: 'The limits of a tenant; 0 = none.',
    labels: ['tenant', 'limit'],
  });

  function useOf(tenantId: TenantId): Promise<TenantUse> {
    const known = uses.get(tenantId);
    if (known !== undefined) return known;
    const opening = open(tenantId);
    uses.set(tenantId, opening);
    // Another request asks again; this one is told of the failure by the promise itself.
    opening.catch(() => uses.delete(tenantId));
    return opening;
  }

  async function open(tenantId: TenantId): Promise<TenantUse> {
    const own = limitsOf(limits, tenantId);
    const [saved] = await states.get(tenantId, scope, [key]);
    const day = Math.floor(now() / dayMs);
    const use: TenantUse = {
      limits: own,
      rate: createTenantRate(own, now()),
      day,
      bytes: saved === undefined ? 0 : savedBytesOf(saved.bytes, day),
      savedBytes: 0,
      signals: 0,
      series: 0,
      seriesLetIn: 0,
      seriesCountedAt: Number.NEGATIVE_INFINITY,
    };
    use.savedBytes = use.bytes;
    maximum.set(own.samplesPerSecond, { tenant: tenantId, limit: 'samples-per-second' });
    maximum.set(own.seriesMax, { tenant: tenantId, limit: 'series-max' });
    maximum.set(own.bytesPerDay, { tenant: tenantId, limit: 'bytes-per-day' });
    opened.set(tenantId, use);
    return use;
  }

  function refuse(tenantId: TenantId, reason: string, words: { signals: number; message: string; waitS: number }) {
    refused.add(Math.max(1, words.signals), { tenant: tenantId, reason });
    return new HeliosError('rate-limited', words.message, {
      retryAfterS: Math.min(retryAfterMaxS, Math.max(1, Math.ceil(words.waitS))),
      cure: `Send less, or have limits.${reason} raised for the tenant ${tenantId}`,
    });
  }

  async function save(): Promise<void> {
    for (const [tenantId, use] of opened) {
      turnDay(use, now());
      if (use.bytes === use.savedBytes) continue;
      const { bytes } = use;
      const entry = { key, bytes: Buffer.from(JSON.stringify({ day: use.day, bytes })) };
      await states.put(tenantId, scope, [entry]);
      use.savedBytes = bytes;
    }
  }

  function measure(elapsedMs: number): void {
    for (const [tenantId, use] of opened) {
      used.set((use.signals * 1000) / Math.max(1, elapsedMs), { tenant: tenantId, limit: 'samples-per-second' });
      used.set(use.bytes, { tenant: tenantId, limit: 'bytes-per-day' });
      use.signals = 0;
    }
  }

  return {
    name: 'tenant-quota',

    async admit(tenantId, { signals, bytes }) {
      const use = opened.get(tenantId) ?? (await useOf(tenantId));
      const moment = now();
      turnDay(use, moment);
      const { bytesPerDay, samplesPerSecond } = use.limits;
      if (bytesPerDay > 0 && bytes > 0 && use.bytes >= bytesPerDay) {
        const message = `The tenant has sent its ${bytesPerDay} bytes of today (UTC)`;
        throw refuse(tenantId, 'bytes-per-day', { signals, message, waitS: ((use.day + 1) * dayMs - moment) / 1000 });
      }
      const waitS = use.rate.take(signals, moment);
      if (waitS > 0) {
        const message = `The tenant sends more than ${samplesPerSecond} samples per second`;
        throw refuse(tenantId, 'samples-per-second', { signals, message, waitS });
      }
      use.bytes += bytes;
      use.signals += signals;
    },

    giveBack(tenantId, { signals, bytes }) {
      const use = opened.get(tenantId);
      if (use === undefined) return;
      use.rate.giveBack(signals);
      use.bytes = Math.max(0, use.bytes - bytes);
      use.signals = Math.max(0, use.signals - signals);
    },

    async admitSeries(tenantId, news) {
      const use = await useOf(tenantId);
      const { seriesMax } = use.limits;
      if (seriesMax === 0) return undefined;
      const moment = now();
      const isStale = use.seriesLetIn > 0 || moment - use.seriesCountedAt > recountMs;
      // Series let in since the last count may have been known before: only a new count tells what room there really is.
      if (use.series + use.seriesLetIn + news > seriesMax && isStale) {
        use.series = await registry.count(tenantId);
        use.seriesLetIn = 0;
        use.seriesCountedAt = moment;
        used.set(use.series, { tenant: tenantId, limit: 'series-max' });
      }
      const room = Math.min(news, Math.max(0, seriesMax - use.series - use.seriesLetIn));
      use.seriesLetIn += room;
      return room;
    },

    refuseSeries(tenantId, { series, samples }) {
      refused.add(samples, { tenant: tenantId, reason: 'series-max' });
      const { seriesMax } = limitsOf(limits, tenantId);
      logger.warn({ tenantId, series, samples, seriesMax }, 'series-refused');
      return (
        `The tenant has reached its ${seriesMax} series: ${samples} samples of ${series} new series were not stored. ` +
        'Send fewer label values, or have limits.series-max raised'
      );
    },

    async run(signal) {
      let measuredAt = now();
      while (!signal.aborted) {
        await wait(saveEveryMs, undefined, { signal }).catch(() => undefined); // an abort only ends the wait
        const moment = now();
        measure(moment - measuredAt);
        measuredAt = moment;
        // What cannot be saved now is saved at the next turn: an outage of the store must not stop the intake.
        await save().catch((error: unknown) => logger.warn({ error }, 'quota-not-saved'));
      }
    },
  };
}

function turnDay(use: TenantUse, moment: number): void {
  const day = Math.floor(moment / dayMs);
  if (day <= use.day) return;
  use.day = day;
  use.bytes = 0;
}

/** The bytes of today; anything unreadable counts as nothing, as does another day's. */
function savedBytesOf(bytes: Uint8Array, day: number): number {
  try {
    const saved: unknown = JSON.parse(Buffer.from(bytes).toString());
    if (typeof saved !== 'object' || saved === null || !('day' in saved) || !('bytes' in saved)) return 0;
    return saved.day === day && typeof saved.bytes === 'number' && saved.bytes >= 0 ? saved.bytes : 0;
  } catch {
    return 0;
  }
}
