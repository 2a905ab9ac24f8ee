/** Lets one part of a process tell another that there is something to do. */
export interface WakeUp {
  ring(): void;
  /** Resolves at the next ring, after `waitMs`, or when the signal aborts; at once when it rang since the last wait. */
  wait(waitMs: number, signal: AbortSignal): Promise<void>;
}

export function createWakeUp(): WakeUp {
  let hasRung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      hasRung = true;
      wake?.();
    },
    async wait(waitMs, signal) {
      if (!hasRung && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const wakeNow = (): void => resolve();
        const timer = setTimeout(wakeNow, waitMs);
        signal.addEventListener('abort', wakeNow, { once: true });
        wake = wakeNow;
        await promise;
        clearTimeout(timer);
        signal.removeEventListener('abort', wakeNow);
      }
      hasRung = false;
      wake = undefined;
    },
  };
}
