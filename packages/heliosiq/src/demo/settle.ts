import { setTimeout } from 'node:timers/promises';
import type { Client } from '@heliosiq/api';
import { HeliosError } from '@heliosiq/model';

const pollMs = 150;

/**
 * Waits until every stage has worked off what is in the log, seen twice in a row. Rejects with `timeout` and the
 * stages that are behind.
 */
export async function waitUntilSettled(
  client: Client,
  options: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<void> {
  const deadline = Date.now() + options.timeoutMs;
  let quiet = 0;
  for (;;) {
    const { lag } = await client.call('readLag', {}, { signal: options.signal });
    // Readers of live streams that are gone stay behind for ever; bronze waits for more on purpose. They are no stages.
    const behind = lag.filter(
      ({ group, lagRecords }) => lagRecords > 0 && !group.startsWith('live-') && group !== 'bronze',
    );
    quiet = behind.length === 0 ? quiet + 1 : 0;
    if (quiet >= 2) return;
    if (Date.now() > deadline) {
      const names = [...new Set(behind.map((each) => each.group))].join(', ');
      throw new HeliosError('timeout', `the stages ${names} did not catch up in ${options.timeoutMs / 1000} s`);
    }
    await setTimeout(pollMs, undefined, { signal: options.signal });
  }
}
