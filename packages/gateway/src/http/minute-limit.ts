import { HeliosError } from '@heliosiq/model';
import type { Meter } from '@heliosiq/ports';

const minuteMs = 60_000;

/** Bounds requests in a minute by a key. */
export interface MinuteLimit {
  /** Throws `rate-limited` above the limit. */
  consume(key: string): void;
}

export interface MinuteLimitOptions {
  readonly perMinute: number;
  /** What is limited, in the metric. */
  readonly limit: 'tenant' | 'address';
  readonly meter: Meter;
}

/** A minute of one key, which begins with its first request. */
interface Minute {
  readonly endsAt: number;
  requests: number;
}

const words = {
  tenant: 'The tenant sends more requests than its limit of a minute',
  address: 'Too many bad credentials came from there in a minute',
} as const;
const cures = {
  tenant: 'Wait as long as Retry-After says; larger batches need fewer requests',
  address: 'Wait as long as Retry-After says, and correct the credential',
} as const;

export function createMinuteLimit({ perMinute, limit, meter }: MinuteLimitOptions): MinuteLimit {
  const minutes = new Map<string, Minute>();
  const limited = meter.counter({
    name: 'heliosiq_http_rate_limited_total',
    help: 'Requests refused because of their rate, by what was limited and, where it is known, whose they were.',
    labels: ['limit', 'tenant'],
  });

  function minuteOf(key: string, now: number): Minute {
    const known = minutes.get(key);
    if (known !== undefined && known.endsAt > now) return known;
    // All last as long: those that began first are over first.
    for (const [old, { endsAt }] of minutes) {
      if (endsAt > now) break;
      minutes.delete(old);
    }
    const begun: Minute = { endsAt: now + minuteMs, requests: 0 };
    minutes.set(key, begun);
    return begun;
  }

  return {
    consume(key) {
      const now = performance.now();
      const minute = minuteOf(key, now);
      minute.requests += 1;
      if (minute.requests <= perMinute) return;
      // Addresses and client ids are without number; a metric has no place for them.
      limited.add(1, { limit, tenant: limit === 'tenant' ? key : '' });
      throw new HeliosError('rate-limited', words[limit], {
        cure: cures[limit],
        retryAfterS: Math.max(1, Math.ceil((minute.endsAt - now) / 1000)),
      });
    },
  };
}
