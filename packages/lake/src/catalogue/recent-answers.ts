export interface RecentAnswersOptions {
  /** How old an answer may be. */
  readonly keptMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Answers to costly questions: who asks the same at once or soon after shares one. */
export interface RecentAnswers<Answer> {
  /** A failure is told to all who wait for it and not kept. An abort ends the wait of its caller alone. */
  get(key: string, find: () => Promise<Answer>, signal?: AbortSignal): Promise<Answer>;
}

/** Questions remembered at once; a further one replaces the oldest. */
const keptMax = 200;

export function createRecentAnswers<Answer>({ keptMs, now }: RecentAnswersOptions): RecentAnswers<Answer> {
  const known = new Map<string, { readonly answer: Promise<Answer>; readonly until: number }>();

  function ask(key: string, find: () => Promise<Answer>): Promise<Answer> {
    const before = known.get(key);
    if (before !== undefined && before.until > now()) return before.answer;
    known.delete(key);
    const oldest = known.size >= keptMax ? known.keys().next().value : undefined;
    if (oldest !== undefined) known.delete(oldest);
    const answer = find();
    const entry = { answer, until: now() + keptMs };
    known.set(key, entry);
    answer.catch(() => {
      if (known.get(key) === entry) known.delete(key);
    });
    return answer;
  }

  return {
    async get(key, find, signal) {
      signal?.throwIfAborted();
      const answer = ask(key, find);
      return signal === undefined ? answer : untilAborted(answer, signal);
    },
  };
}

function untilAborted<Answer>(answer: Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error); // what an abort controller was given, an error by default
    signal.addEventListener('abort', onAbort, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
