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

export function createMinuteLimit({ perMinute, limit, meter }: MinuteLimitOptions): MinuteLimit {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: minuteS });
  const limited = meter.counter({
    name: 'heliosiq_http_rate_limited_total',
    help: 'Requests refused because of their rate, by what was limited.',
    labels: ['limit'],
  });
  return {
    async consume(key) {
      try {
        await limiter.consume(key);
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        limited.add(1, { limit });
        throw new HeliosError('rate-limited', 'More requests than the limit of a minute', {
          cure: 'Wait as long as Retry-After says; larger batches need fewer requests',
          retryAfterS: Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)),
        });
      }
    },
  };
}
