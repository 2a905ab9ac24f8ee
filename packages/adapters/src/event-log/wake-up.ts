/** Lets a loop sleep until something happens; a wake-up that comes before the sleep is not lost. */
export interface WakeUp {
  wake(): void;
  /** Forgets wake-ups so far: call before looking for work. */
  reset(): void;
  /** Resolves at a wake-up since `reset`, after `timeoutMs`, or when the signal aborts. */
  wait(timeoutMs: number, signal: AbortSignal): Promise<void>;
}

export function createWakeUp(): WakeUp {
  let woken = false;
  let resume: (() => void) | undefined;
  return {
    wake() {
      woken = true;
      resume?.();
    },
    reset() {
      woken = false;
    },
    async wait(timeoutMs, signal) {
      if (woken || signal.aborted) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        resume = () => {
          clearTimeout(timer);
          resolve();
        };
        signal.addEventListener('abort', resume, { once: true });
      });
      if (resume !== undefined) signal.removeEventListener('abort', resume);
      resume = undefined;
    },
  };
}
