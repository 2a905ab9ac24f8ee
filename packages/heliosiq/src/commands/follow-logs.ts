import { setTimeout as pause } from 'node:timers/promises';
import type { CallRequest, Client, FoundLog } from '@heliosiq/api';

const pollMs = 1000;
/** Lines may come this much later than they were written. */
const lateMs = 60_000;
/** How far back the first lines may be. */
const backMs = 86_400_000;
const pageMax = 1000;

export interface FollowLogsOptions {
  readonly question: NonNullable<CallRequest<'searchLogs'>['query']> extends infer Query
    ? Omit<Query, 'from' | 'to' | 'limit' | 'after' | 'steps'>
    : never;
  /** Earlier lines to begin with. */
  readonly lines: number;
  readonly show: (found: FoundLog) => void;
  readonly signal: AbortSignal;
}

/** Shows log lines in the order of their times as they come, each once, until the signal aborts. */
export async function followLogs(client: Client, { question, lines, show, signal }: FollowLogsOptions): Promise<void> {
  /** Keys of the lines that were shown, by their time. */
  let shown = new Map<string, number>();
  let from = Date.now() - backMs;
  let isFirst = true;
  try {
    for (;;) {
      const to = Date.now() + lateMs;
      const limit = isFirst ? lines : pageMax;
      const query = { ...question, from: String(from), to: String(to), limit: String(limit) };
      const { logs } = await client.call('searchLogs', { query }, { signal });
      for (const found of logs.toReversed()) {
        const key = `${found.log.at} ${found.log.id}`;
        if (!shown.has(key)) show(found);
        shown.set(key, found.log.at);
      }
      const newest = Math.max(from, ...logs.map(({ log }) => log.at));
      // What the first question left out is older than what is followed.
      from = isFirst ? Math.max(newest, Date.now() - lateMs) : Math.max(from, newest - lateMs);
      isFirst = false;
      const oldest = from;
      shown = new Map([...shown].filter(([, at]) => at >= oldest));
      await pause(pollMs, undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
