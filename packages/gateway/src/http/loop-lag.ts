/** How far the event loop is behind: how long what came in just now had to wait. */
export interface LoopLag {
  /** Milliseconds, as of the last sample. */
  lagMs(): number;
  stop(): void;
}

/** Watches how late a timer is that should go off every `sampleMs`. */
export function watchLoopLag(sampleMs = 250): LoopLag {
  let lagMs = 0;
  let sampledAt = performance.now();
  const timer = setInterval(() => {
    const at = performance.now();
    lagMs = Math.max(0, at - sampledAt - sampleMs);
    sampledAt = at;
  }, sampleMs);
  timer.unref();
  return {
    lagMs: () => lagMs,
    stop: () => clearInterval(timer),
  };
}
