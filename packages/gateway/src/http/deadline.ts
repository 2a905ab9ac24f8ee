/** Waits for work, but not for ever. */
export interface Deadline {
  /** What the work comes to; rejects with `fault()` when that takes longer than the limit, by up to a quarter of it. */
  within<Value>(work: Promise<Value>, fault: () => Error): Promise<Value>;
}

interface Waiting {
  readonly until: number;
  readonly giveUp: () => void;
}

/** One timer for all that is waited for, which runs only while something is: thousands of calls a second have no timer each. */
export function createDeadline(timeoutMs: number): Deadline {
  /** In the order in which their time is up, since all have the same. */
  const waiting = new Set<Waiting>();
  let timer: NodeJS.Timeout | undefined;

  function look(): void {
    const now = performance.now();
    for (const one of waiting) {
      if (one.until > now) return;
      waiting.delete(one);
      one.giveUp();
    }
    clearInterval(timer);
    timer = undefined;
  }

  return {
    within(work, fault) {
      return new Promise((resolve, reject) => {
        const one = { until: performance.now() + timeoutMs, giveUp: () => reject(fault()) };
        waiting.add(one);
        timer ??= setInterval(look, timeoutMs / 4).unref();
        work.then(
          (value) => {
            waiting.delete(one);
            resolve(value);
          },
          (error: unknown) => {
            waiting.delete(one);
            reject(error);
          },
        );
      });
    },
  };
}
