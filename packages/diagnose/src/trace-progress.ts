import { setTimeout as wait } from 'node:timers/promises';
import type { EventLog } from '@heliosiq/ports';

const PAUSE_MS = 50;

/**
 * Waits until the traces that are in the log now are in their store, or the time is up: an answer without the newest of them is still
 * worth having. Rejects when `signal` aborts.
 */
export async function waitForTraces(
  log: EventLog,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  const find = async () => (await log.lag()).find(({ group, topic }) => group === 'traces' && topic === 'traces');
  let at = await find();
  const end = at?.endOffset ?? 0;
  for (; at !== undefined && at.lagRecords > 0 && at.committedOffset < end; at = await find()) {
    if (performance.now() >= deadline) return;
    await wait(PAUSE_MS, undefined, { signal });
  }
}
