import type { LogTopicName } from '@heliosiq/model';

/**
 * Tells other programs to which topics something was appended. A NOTIFY in each transaction would cost the server an eighth of all
 * that an append does, so one waits until a while after the last one of its topic; it goes with the next append, or alone.
 * Who appends now and then is told of at once.
 */
export interface AppendNotices {
  /** The topics to tell of in the transaction that appends to these, parted by commas; empty for none. */
  take(topics: Iterable<LogTopicName>): string;
  /** Puts topics back whose transaction failed: earlier appends to them may wait to be told of. */
  giveBack(taken: string): void;
  /** Tells of what waits. */
  flush(): Promise<void>;
}

/** Consumers look for themselves ten times as rarely as they would have to wait for this. */
const everyMs = 20;

/** `tell` sends topics in a transaction of its own. */
export function createAppendNotices(tell: (topics: string) => Promise<unknown>): AppendNotices {
  const toldAt = new Map<string, number>();
  let waiting: string[] = [];
  let timer: NodeJS.Timeout | undefined;

  function wait(topic: string): void {
    if (!waiting.includes(topic)) waiting.push(topic);
    timer ??= setTimeout(() => void flush(), everyMs);
  }

  function stopTimer(): void {
    clearTimeout(timer);
    timer = undefined;
  }

  async function flush(): Promise<void> {
    stopTimer();
    if (waiting.length === 0) return;
    const topics = waiting.join(',');
    const now = performance.now();
    for (const topic of waiting) toldAt.set(topic, now);
    waiting = [];
    // Consumers look for themselves when it comes to nothing.
    await tell(topics).catch(() => undefined);
  }

  return {
    take(topics) {
      const now = performance.now();
      const due: string[] = [];
      for (const topic of topics) {
        if (now - (toldAt.get(topic) ?? -Infinity) < everyMs) {
          wait(topic);
          continue;
        }
        toldAt.set(topic, now);
        due.push(topic);
      }
      if (due.length > 0) waiting = waiting.filter((topic) => !due.includes(topic));
      if (waiting.length === 0) stopTimer();
      return due.join(',');
    },
    giveBack(taken) {
      if (taken !== '') for (const topic of taken.split(',')) wait(topic);
    },
    flush,
  };
}
