/** The pause of a service between two rounds. */

/** Resolves after the pause, or when the signal aborts if that is sooner. */
export function untilAborted(pauseMs: number | undefined, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = pauseMs === undefined ? undefined : setTimeout(end, pauseMs).unref();
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}
