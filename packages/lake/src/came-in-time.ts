/** When waits end: after a time, or sooner. It tells the wait that asked last, and holds on to nothing of those before. */
export interface WaitEnd extends Disposable {
  readonly isReached: boolean;
  /** Ends the waits now. */
  reach(): void;
  /** Has its time begin anew, and is not reached until then. */
  putOff(): void;
  /** Calls back once it is reached, instead of whoever it would have told before. */
  onReached(tell: () => void): void;
}

export function waitEnd(afterMs: number): WaitEnd {
  let isReached = false;
  let tell = (): void => {};
  const reach = (): void => {
    isReached = true;
    tell();
  };
  const timer = setTimeout(reach, afterMs);
  return {
    get isReached() {
      return isReached;
    },
    reach,
    putOff() {
      isReached = false;
      timer.refresh();
    },
    onReached: (given) => void (tell = given),
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}

/**
 * True when what is awaited is there before the first of the ends, false when an end is; rejects when it fails first. The ends are no
 * promises, because one that is a minute away would hold on to each race that it took part in: some twenty objects for each batch
 * of this minute.
 */
export function cameInTime(awaited: Promise<unknown>, ends: readonly WaitEnd[]): Promise<boolean> {
  if (ends.some(({ isReached }) => isReached)) return Promise.resolve(false);
  return new Promise((resolve, reject) => {
    for (const end of ends) end.onReached(() => resolve(false));
    awaited.then(() => resolve(true), reject);
  });
}
