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
  /** Says that a door is at work, so that stages hold back for a moment. */
  noteDoor(): void;
}

export interface PacerOptions {
  /** Stages work at most this long at a stretch. Default 1.5. */
  readonly sliceMs?: number;
  /** Stages rest this long after a stretch while doors leave no idle time: with 8 ms they get a sixth. Default 8. */
  readonly restMs?: number;
}

/** Doors count as at work for this long after the last sign of them. */
const doorMemoryMs = 100;

/** Idle time of the event loop after which nobody is kept waiting by going on. */
const idleEnoughMs = 1;

/**
 * A pacer by the event loop's own account. Stages work in slices. Without doors at work the next slice follows after one
 * turn of the loop. With doors at work it waits until the loop was idle for a moment, so that stages use up what doors
 * leave; where they leave nothing it waits `restMs`, so that stages keep a share, however busy the doors are.
 */
export function createPacer({ sliceMs = 1.5, restMs = 8 }: PacerOptions = {}): Pacer {
  const waiting: (() => void)[] = [];
  let sliceStartedAt = -Infinity;
  let doorSeenAt = -Infinity;
  let restStartedAt = 0;
  let idleBefore = 0;

  const idleMs = (): number => performance.eventLoopUtilization().idle;

  function grant(): void {
    sliceStartedAt = performance.now();
    waiting.shift()?.();
    // The one that was called goes on before this: what it leaves of the slice is the next one's.
    if (waiting.length > 0) queueMicrotask(rest);
  }

  function rest(): void {
    restStartedAt = performance.now();
    if (restStartedAt - doorSeenAt > doorMemoryMs) {
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

  return {
    giveWay() {
      if (performance.now() - sliceStartedAt < sliceMs) return undefined;
      const turn = new Promise<void>((resolve) => waiting.push(resolve));
      if (waiting.length === 1) rest();
      return turn;
    },
    noteDoor() {
      doorSeenAt = performance.now();
    },
  };
}
