/** How far the event loop is behind: how long what comes in has to wait. */
export interface LoopLag {
  /** Milliseconds: the smaller of the last two samples, so that a single pause does not count as being behind. */
  lagMs(): number;
  stop(): void;
}

/** Watches how late a timer is that should go off every `sampleMs`. */
export function watchLoopLag(sampleMs = 250): LoopLag {
  let samples: readonly [last: number, before: number] = [0, 0];
  let sampledAt = performance.now();
  const timer = setInterval(() => {
    const at = performance.now();
    samples = [Math.max(0, at - sampledAt - sampleMs), samples[0]];
    sampledAt = at;
  }, sampleMs);
  timer.unref();
  return {
    lagMs: () => Math.min(...samples),
    stop: () => clearInterval(timer),
  };
}
