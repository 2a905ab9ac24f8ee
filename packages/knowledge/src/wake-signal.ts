/** Lets one loop wait until somebody has new work for it. */

export interface WakeSignal {
  readonly wake: () => void;
  /** Resolves at the next `wake`, at once when there was one since the last wait, or when the signal aborts. */
  readonly wait: (signal: AbortSignal) => Promise<void>;
}

export function createWakeSignal(): WakeSignal {
  let isPending = false;
  let resolveWait: (() => void) | undefined;
  return {
    wake() {
      isPending = true;
      resolveWait?.();
    },
    wait(signal) {
      return new Promise((resolve) => {
        const end = (): void => {
          signal.removeEventListener('abort', end);
          resolveWait = undefined;
          isPending = false;
          resolve();
        };
        resolveWait = end;
        signal.addEventListener('abort', end, { once: true });
        if (isPending || signal.aborted) end();
      });
    },
  };
}
