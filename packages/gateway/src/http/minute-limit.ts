import { HeliosError } from '@heliosiq/model';
import type { Meter } from '@heliosiq/ports';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

const minuteS = 60;

/** Bounds requests in a minute by a key. */
export interface MinuteLimit {
  /** Rejects with `rate-limited` above the limit. */
  consume(key: string): Promise<void>;
}

export interface MinuteLimitOptions {
  readonly perMinute: number;
  /** What is limited, in the metric. */
  readonly limit: 'tenant' | 'address';
  readonly meter: Meter;
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
  const limiter = new RateLimiterMemory({ points: perMinute, duration: minuteS });
  const limited = meter.counter({
    name: 'heliosiq_http_rate_limited_total',
    help: 'Requests refused because of their rate, by what was limited and, where it is known, whose they were.',
    labels: ['limit', 'tenant'],
  });
  return {
    async consume(key) {
      try {
        await limiter.consume(key);
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        // Addresses and client ids are without number; a metric has no place for them.
        limited.add(1, { limit, tenant: limit === 'tenant' ? key : '' });
        throw new HeliosError('rate-limited', words[limit], {
          cure: cures[limit],
          retryAfterS: Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)),
        });
      }
    },
  };
}
