import type { TenantLimits } from './tenant-quota-limits.ts';

/** A token bucket of signals. */
export interface TenantRate {
  /** Takes so many and answers 0, or takes nothing and answers the seconds after which the bucket has something again. */
  take(signals: number, moment: number): number;
  giveBack(signals: number): void;
}

const burstS = 10;

/**
 * A bucket that starts full. A batch passes whenever anything is left, and may overdraw it: what is owed is waited for
 * afterwards, so that a batch larger than the bucket is not refused for ever.
 */
export function createTenantRate({ samplesPerSecond, samplesBurst }: TenantLimits, startedAt: number): TenantRate {
  const capacity = Math.max(1, samplesBurst ?? samplesPerSecond * burstS);
  let tokens = capacity;
  let filledAt = startedAt;
  return {
    take(signals, moment) {
      if (samplesPerSecond === 0 || signals === 0) return 0;
      // A clock that was set back fills nothing and takes nothing away.
      tokens = Math.min(capacity, tokens + (Math.max(0, moment - filledAt) * samplesPerSecond) / 1000);
      filledAt = moment;
      if (tokens < 1) return (1 - tokens) / samplesPerSecond;
      tokens -= signals;
      return 0;
    },
    giveBack(signals) {
      tokens = Math.min(capacity, tokens + signals);
    },
  };
}
