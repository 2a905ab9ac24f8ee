import type { Client } from '@heliosiq/api';
import { waitUntilSettled } from '@heliosiq/heliosiq/demo/settle.ts';

/** Far more than a calm machine needs. */
const timeoutMs = 180_000;

/** Waits until every stage of a program has worked off what is in its log. */
export function settled(client: Client): Promise<void> {
  return waitUntilSettled(client, { signal: AbortSignal.timeout(timeoutMs + 30_000), timeoutMs });
}
