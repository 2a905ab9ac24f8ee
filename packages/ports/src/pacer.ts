import { performance } from 'node:perf_hooks';

/**
 * Lets the stages of a process give way to its doors. All stages of a process share one: what one of them works, the
 * others need not wait for again.
 */
export interface Pacer {
  /**
   * To be called between steps of long work, each far below a millisecond. Undefined while the work may go on; else a
   * promise to be awaited, which resolves when it is the caller's turn again.
   */
  giveWay(): Promise<void> | undefined;
  /**
   * To be called after a piece of work with all that belongs to it (reading, committing), which took `workedMs`. Undefined
   * unless doors are at work; else resolves after a rest that leaves the stages their share, or sooner when there is idle
   * time. Rests of several stages follow each other: what one of them worked all of them rest for.
   */
  rest(workedMs: number, signal?: AbortSignal): Promise<void> | undefined;
  /** Says that a door is at work, so that stages hold back for a moment. */
  noteDoor(): void;
  /** Calls back each time that a door is at work, to tell those who cannot see it. */
  onDoor(listener: () => void): void;
}

export interface PacerOptions {
  /** Stages work at most this long at a stretch. Default 1.5. */
  readonly sliceMs?: number;
  /** Stages rest this long after a stretch while doors leave no idle time: with 8 ms they get a sixth. Default 8. */
  readonly restMs?: number;
  /** A piece of work is followed by a rest of so many times as long as it took: all stages together get a seventh with 6. Default 6. */
  readonly restFactor?: number;
  /** False where the doors have another process: stages then need not give way within their work. Default true. */
  readonly hasDoors?: boolean;
  /** Milliseconds so far in which doors had nothing to do. Default: those in which this event loop was idle. */
  readonly idleMs?: () => number;
}

/** Doors count as at work for this long after the last sign of them. */
const doorMemoryMs = 100;

/** Idle time of the event loop after which nobody is kept waiting by going on. */
const idleEnoughMs = 1;

/** A rest after a piece of work is looked at this often, and ends early when so much of the time in between was idle. */
const restLookMs = 20;
const restIdleShare = 0.25;

/** Pieces of work below this need no rest of their own; no rest ends later than the other from now. */
const restFromMs = 10;
const restMaxMs = 3000;

/**
 * A pacer by the event loop's own account. Stages work in slices. Without doors at work the next slice follows after one
 * turn of the loop. With doors at work it waits until the loop was idle for a moment, so that stages use up what doors
 * leave; where they leave nothing it waits `restMs`, so that stages keep a share, however busy the doors are.
 */
export function createPacer({
  sliceMs = 1.5,
  restMs = 8,
  restFactor = 6,
  hasDoors = true,
  idleMs = () => performance.eventLoopUtilization().idle,
}: PacerOptions = {}): Pacer {
  const waiting: (() => void)[] = [];
  let sliceStartedAt = -Infinity;
  let doorSeenAt = -Infinity;
  let restStartedAt = 0;
  let idleBefore = 0;
  /** When the rests that were asked for are over. */
  let restedAt = -Infinity;

  const listeners: (() => void)[] = [];

  function grant(): void {
    sliceStartedAt = performance.now();
    waiting.shift()?.();
    // The one that was called goes on before this: what it leaves of the slice is the next one's.
    if (waiting.length > 0) queueMicrotask(rest);
  }

  function rest(): void {
    restStartedAt = performance.now();
    if (!hasDoors || restStartedAt - doorSeenAt > doorMemoryMs) {
      setImmediate(grant);
      return;
    }
    idleBefore = idleMs();
    setTimeout(look, 1);
  }

  function look(): void {
    const isDue = performance.now() - restStartedAt >= restMs || idleMs() - idleBefore >= idleEnoughMs;
    if (isDue) grant();
    else setTimeout(look, 1);
  }

  /** Resolves at the moment given, or once there was idle time, the doors have become quiet, or the signal aborts. */
  function restUntil(until: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      let lookedAt = performance.now();
      let idleAtLook = idleMs();
      const timer = setInterval(() => {
        const now = performance.now();
        const idle = idleMs();
        const isIdle = idle - idleAtLook >= restIdleShare * (now - lookedAt);
        lookedAt = now;
        idleAtLook = idle;
        const isNeedless = isIdle || now - doorSeenAt > doorMemoryMs;
        // Whoever rests for others as well need not go on with it either.
        if (isNeedless) restedAt = now;
        if (isNeedless || now >= until) end();
      }, restLookMs);
      const end = (): void => {
        clearInterval(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      signal?.addEventListener('abort', end, { once: true });
      if (signal?.aborted === true) end();
    });
  }

  return {
    rest(workedMs, signal) {
      const now = performance.now();
      if (workedMs < restFromMs || now - doorSeenAt > doorMemoryMs) return undefined;
      restedAt = Math.min(Math.max(now, restedAt) + workedMs * restFactor, now + restMaxMs);
      return restUntil(restedAt, signal);
    },
    giveWay() {
      if (performance.now() - sliceStartedAt < sliceMs) return undefined;
      const turn = new Promise<void>((resolve) => waiting.push(resolve));
      if (waiting.length === 1) rest();
      return turn;
    },
    noteDoor() {
      doorSeenAt = performance.now();
      for (const listener of listeners) listener();
    },
    onDoor: (listener) => void listeners.push(listener),
  };
}
