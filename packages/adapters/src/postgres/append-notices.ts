import type { LogTopicName } from '@heliosiq/model';

/** Who of a database's event logs appended to which topics. */
export interface AppendNotice {
  readonly topics: readonly string[];
  readonly sender: string | undefined;
}

/** What a notice says: topics and who appended to them, parted by commas. */
export function readNotice(payload: string): AppendNotice {
  const words = payload.split(',');
  const sender = words.pop();
  return { topics: words, sender };
}

/**
 * Tells other programs to which topics something was appended. A NOTIFY in each transaction would cost the server an eighth of all
 * that an append does, so one waits until a while after the last one of its topic; it goes with the next append, or alone.
 * Who appends now and then is told of at once.
 */
export interface AppendNotices {
  /** The notice that goes with the transaction that appends to these topics; empty for none. */
  take(topics: Iterable<LogTopicName>): string;
  /** Puts the topics of a notice back whose transaction failed: earlier appends to them may wait to be told of. */
  giveBack(taken: string): void;
  /** Tells of what waits. */
  flush(): Promise<void>;
}

/** Consumers look for themselves ten times as rarely as they would have to wait for this. */
const everyMs = 20;

/** `tell` sends a notice in a transaction of its own. The sender's name is free of commas. */
export function createAppendNotices(sender: string, tell: (notice: string) => Promise<unknown>): AppendNotices {
  const toldAt = new Map<string, number>();
  let waiting: string[] = [];
  let timer: NodeJS.Timeout | undefined;

  function noticeOf(topics: readonly string[]): string {
    return [...topics, sender].join(',');
  }

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
    const notice = noticeOf(waiting);
    const now = performance.now();
    for (const topic of waiting) toldAt.set(topic, now);
    waiting = [];
    // Consumers look for themselves when it comes to nothing.
    await tell(notice).catch(() => undefined);
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
      return due.length === 0 ? '' : noticeOf(due);
    },
    giveBack(taken) {
      if (taken !== '') for (const topic of readNotice(taken).topics) wait(topic);
    },
    flush,
  };
}
