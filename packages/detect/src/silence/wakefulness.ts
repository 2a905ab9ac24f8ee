/** Since when this process looks at partitions without a break: before that it cannot say that nothing came. */
export interface Wakefulness {
  /** Partitions that it looks at from now on. */
  assigned(partitions: readonly number[]): void;
  /** A partition that another process looks at now. */
  left(partition: number): void;
  /** The moment; to be called again and again. After a break, or when the clock was set, all looking begins anew. */
  tick(): number;
  /** By partition, milliseconds since the epoch. */
  readonly since: () => ReadonlyMap<number, number>;
}

/** So many times the usual time between two ticks are a break: the process was stopped, or its machine asleep. */
const breakTicks = 4;
/** ... and so long at least: a machine that is busy is not asleep. */
const breakMsMin = 60_000;
/** Corrections of a clock that are none worth the name. */
const backwardMsMax = 1000;

/** @param everyMs the usual time between two ticks */
export function createWakefulness(now: () => number, everyMs: number): Wakefulness {
  const since = new Map<number, number>();
  let tickedAt = now();
  return {
    assigned(partitions) {
      const at = now();
      for (const partition of partitions) since.set(partition, at);
    },
    left: (partition) => void since.delete(partition),
    tick() {
      const at = now();
      const passedMs = at - tickedAt;
      tickedAt = at;
      if (passedMs > Math.max(breakTicks * everyMs, breakMsMin) || passedMs < -backwardMsMax)
        for (const partition of since.keys()) since.set(partition, at);
      return at;
    },
    since: () => since,
  };
}
