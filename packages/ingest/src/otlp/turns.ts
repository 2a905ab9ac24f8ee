import { HeliosError } from '@heliosiq/model';

export interface TurnLimits {
  /** How many have a turn at once. */
  readonly atOnceMax: number;
  /** How many may wait for one, and for how long. */
  readonly waitingMax: number;
  readonly waitMs: number;
}

/** Lets only so many do something at once; others wait in order. */
export interface Turns {
  /** Resolves with what gives the turn back, to be called once or more. Rejects with `rate-limited`. */
  take(): Promise<() => void>;
}

export function createTurns({ atOnceMax, waitingMax, waitMs }: TurnLimits): Turns {
  const waiting = new Set<() => void>();
  let taken = 0;

  function turn(): () => void {
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      // The turn goes to the first who waits, or is free.
      const [next] = waiting;
      if (next === undefined) taken -= 1;
      else next();
    };
  }

  return {
    take() {
      if (taken < atOnceMax) {
        taken += 1;
        return Promise.resolve(turn());
      }
      const busy = (): HeliosError => new HeliosError('rate-limited', 'Too much is sent at once', { retryAfterS: 1 });
      if (waiting.size >= waitingMax) return Promise.reject(busy());
      return new Promise((resolve, reject) => {
        const begin = (): void => {
          clearTimeout(timer);
          waiting.delete(begin);
          resolve(turn());
        };
        const timer = setTimeout(() => {
          waiting.delete(begin);
          reject(busy());
        }, waitMs);
        waiting.add(begin);
      });
    },
  };
}
