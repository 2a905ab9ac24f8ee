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
        const timer = setTimeout(resolve, waitMs);
        signal.addEventListener('abort', () => resolve(), { once: true });
        wake = resolve;
        await promise;
        clearTimeout(timer);
      }
      hasRung = false;
      wake = undefined;
    },
  };
}
