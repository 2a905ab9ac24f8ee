/** Work that comes round again and again, in one of several programs at a time. */

import type { Lease } from '@heliosiq/ports';
import { untilAborted } from '../until-aborted.ts';

export interface LeasedRounds {
  readonly lease: Lease;
  /** The name of the lease. */
  readonly name: string;
  /** How long a program that died keeps the others waiting; longer than a round takes. */
  readonly leaseMs: number;
  readonly everyMs: number;
  /** Before the first round; 0 when absent. */
  readonly firstAfterMs?: number;
  /** Gives the lease back after each round, so that whoever starts again need not wait for it; rounds are then made by all. */
  readonly isReleased?: boolean;
}

/**
 * Works round after round until the signal aborts. Between its rounds a program keeps the lease as long as that lasts, unless
 * it is released, so that the others find nothing to do. `work` is told how many rounds were before, and may ask for a longer
 * pause; what it throws ends this.
 */
export async function runLeasedRounds(
  { lease, name, leaseMs, everyMs, firstAfterMs = 0, isReleased = false }: LeasedRounds,
  work: (round: number) => Promise<number | undefined>,
  signal: AbortSignal,
): Promise<void> {
  const holder = `${process.pid}-${Math.random().toString(36).slice(2)}`;
  if (firstAfterMs > 0) await untilAborted(firstAfterMs, signal);
  let round = 0;
  while (!signal.aborted) {
    let pauseMs = everyMs;
    if (await lease.take(name, holder, leaseMs)) {
      try {
        pauseMs = Math.max(everyMs, (await work(round++)) ?? 0);
      } finally {
        if (isReleased) await lease.release(name, holder);
      }
    }
    await untilAborted(pauseMs, signal);
  }
  await lease.release(name, holder);
}
