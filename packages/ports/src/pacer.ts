import { performance } from 'node:perf_hooks';

/**
 * Lets the stages of a process give way to its doors. All stages of a process share one: what one of them works, the
 * others need not wait for again.
 */
export interface Pacer {
  /**
   * To be called between steps of long work, each far below a millisecond. Undefined while the work may go on; else a
   * promise to be awaited, which resolves when it is the caller's turn again. Urgent work, for which somebody waits, is
   * served before the rest, of which every fifth slice stays all the same, and gets nearly half of what the doors would take.
   */
  giveWay(urgency?: Urgency): Promise<void> | undefined;
  /**
   * To be called after a piece of work with all that belongs to it (reading, committing), which took `workedMs`. Undefined
   * unless doors are at work; else resolves after a rest that leaves the stages their share, or sooner when there is idle
   * time. Rests of several stages follow each other: what one of them worked all of them rest for.
   */
  rest(workedMs: number, signal?: AbortSignal): Promise<void> | undefined;
  /**
   * How urgent it is to work on what came in at a moment, for who is to serve it as soon as it comes; milliseconds since the
   * epoch. Who is seconds behind goes on being urgent unless the doors leave no time: then nobody could keep up, and they come first.
   */
  urgencyOf(cameInAt: number, now: number): Urgency;
  /** Says that a door is at work, so that stages hold back for a moment. */
  noteDoor(): void;
  /** Calls back each time that a door is at work, to tell those who cannot see it. */
  onDoor(listener: () => void): void;
}

/** Whether somebody waits for what the work brings about. */
export type Urgency = 'urgent' | 'patient';

/** Work on what came in so lately is urgent whatever the doors want. */
const urgentWithinMs = 3000;
/** Who is further behind catches up as long as the doors have time to spare; beyond this nobody waits for the result. */
const catchUpWithinMs = 60_000;

export interface PacerOptions {
  /** Stages work at most this long at a stretch. Default 0.75. */
  readonly sliceMs?: number;
  /** Stages rest this long after a stretch while doors leave no idle time: with 4 ms they get a sixth. Default 4. */
  readonly restMs?: number;
  /** A piece of work is followed by a rest of so many times as long as it took: all stages together get a seventh with 6. Default 6. */
  readonly restFactor?: number;
  /** False where the doors have another process: stages then need not give way within their work. Default true. */
  readonly hasDoors?: boolean;
  /** Milliseconds so far in which doors had nothing to do. Default: those in which this event loop was idle. */
  readonly idleMs?: () => number;
  /** A clock that never goes back, in milliseconds. Default: that of the process. */
  readonly clockMs?: () => number;
}

/** Doors count as at work for this long after the last sign of them. */
const doorMemoryMs = 100;

/** Idle time of the event loop after which nobody is kept waiting by going on. */
const idleEnoughMs = 1;

/** Urgent work waits for no idle time while this share of a while was idle. */
const sparedIdleShare = 0.1;
const sparedIdleMs = 50;

/** So many slices in a row go to urgent work while other work waits as well. */
const urgentInARow = 4;

/** Where the doors leave nothing, urgent work rests for so long after a slice. */
const urgentRestMs = 1;

/** Doors are pressed while so large a share of the rests of late ended without idle time; each rest weighs so much. */
const pressedShare = 0.8;
const pressureWeight = 0.02;

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
  sliceMs = 0.75,
  restMs = 4,
  restFactor = 6,
  hasDoors = true,
  idleMs = () => performance.eventLoopUtilization().idle,
  clockMs = () => performance.now(),
}: PacerOptions = {}): Pacer {
  const waiting: Readonly<Record<Urgency, (() => void)[]>> = { urgent: [], patient: [] };
  let urgentRun = 0;
  let sliceStartedAt = -Infinity;
  let doorSeenAt = -Infinity;
  let restStartedAt = 0;
  let idleBefore = 0;
  /** What was idle until a moment some time ago, and in the while before that. */
  let sparedAt = -Infinity;
  let idleAtSpared = 0;
  let isSparing = false;
  /** Share of rests between slices, of late, that left the loop no idle time; 1 where the doors have a process that is not seen here. */
  let pressure = hasDoors ? 0 : 1;
  /** When the rests that were asked for are over. */
  let restedAt = -Infinity;

  const listeners: (() => void)[] = [];

  /** Whose slice is next; undefined when nobody waits. */
  function nextUrgency(): Urgency | undefined {
    if (waiting.patient.length === 0) return waiting.urgent.length === 0 ? undefined : 'urgent';
    return waiting.urgent.length === 0 || urgentRun >= urgentInARow ? 'patient' : 'urgent';
  }

  function grant(): void {
    const urgency = nextUrgency();
    if (urgency === undefined) return;
    sliceStartedAt = clockMs();
    urgentRun = urgency === 'urgent' ? urgentRun + 1 : 0;
    waiting[urgency].shift()?.();
    // The one that was called goes on before this: what it leaves of the slice is the next one's.
    if (nextUrgency() !== undefined) queueMicrotask(rest);
  }

  function rest(): void {
    restStartedAt = clockMs();
    if (!hasDoors || restStartedAt - doorSeenAt > doorMemoryMs || (waiting.urgent.length > 0 && hasIdleToSpare())) {
      noteRest(false);
      setImmediate(grant);
      return;
    }
    idleBefore = idleMs();
    setTimeout(look, 1);
  }

  /** Whether doors and stages together left some of the last while idle. */
  function hasIdleToSpare(): boolean {
    const now = clockMs();
    if (now - sparedAt < sparedIdleMs) return isSparing;
    const idle = idleMs();
    isSparing = idle - idleAtSpared >= sparedIdleShare * (now - sparedAt);
    idleAtSpared = idle;
    sparedAt = now;
    return isSparing;
  }

  function look(): void {
    const dueAfterMs = waiting.urgent.length > 0 ? Math.min(urgentRestMs, restMs) : restMs;
    const hasIdle = idleMs() - idleBefore >= idleEnoughMs;
    if (!hasIdle && clockMs() - restStartedAt < dueAfterMs) {
      setTimeout(look, 1);
      return;
    }
    noteRest(!hasIdle);
    grant();
  }

  function noteRest(isPressed: boolean): void {
    if (hasDoors) pressure += pressureWeight * ((isPressed ? 1 : 0) - pressure);
  }

  /** Resolves at the moment given, or once there was idle time, the doors have become quiet, or the signal aborts. */
  function restUntil(until: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      let lookedAt = clockMs();
      let idleAtLook = idleMs();
      const timer = setInterval(() => {
        const now = clockMs();
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
      const now = clockMs();
      if (workedMs < restFromMs || now - doorSeenAt > doorMemoryMs) return undefined;
      restedAt = Math.min(Math.max(now, restedAt) + workedMs * restFactor, now + restMaxMs);
      return restUntil(restedAt, signal);
    },
    giveWay(urgency = 'patient') {
      if (clockMs() - sliceStartedAt < sliceMs) return undefined;
      const isFirst = nextUrgency() === undefined;
      const turn = new Promise<void>((resolve) => waiting[urgency].push(resolve));
      if (isFirst) rest();
      return turn;
    },
    urgencyOf(cameInAt, now) {
      const withinMs = pressure < pressedShare ? catchUpWithinMs : urgentWithinMs;
      return now - cameInAt < withinMs ? 'urgent' : 'patient';
    },
    noteDoor() {
      doorSeenAt = clockMs();
      for (const listener of listeners) listener();
    },
    onDoor: (listener) => void listeners.push(listener),
  };
}
