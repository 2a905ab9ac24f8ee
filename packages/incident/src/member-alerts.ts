import type { AlertState } from './incident-case.ts';

/**
 * The alerts of one incident by fingerprint. In a storm they are thousands, and each new one asks of all: which of them fire
 * is kept apart, and the newest moment with it, so that no question goes through those that are over.
 */
export interface MemberAlerts {
  readonly size: number;
  /** Those that fire, by fingerprint. */
  readonly firing: ReadonlyMap<string, AlertState>;
  /** Event time of the newest sighting of any that fires; `-Infinity` when none does. */
  readonly firingSeenAt: number;
  /** Event time of the newest change of state of any. */
  readonly changedAt: number;
  /** Event time of the newest sighting of any. */
  readonly seenAt: number;
  get(fingerprint: string): AlertState | undefined;
  has(fingerprint: string): boolean;
  set(fingerprint: string, state: AlertState): void;
  fingerprints(): Iterable<string>;
  entries(): Iterable<[string, AlertState]>;
}

export function createMemberAlerts(): MemberAlerts {
  const all = new Map<string, AlertState>();
  const firing = new Map<string, AlertState>();
  let changedAt = -Infinity;
  let seenAt = -Infinity;
  /** Undefined when it has to be looked for anew. */
  let firingSeenAt: number | undefined = -Infinity;

  function newestOfFiring(): number {
    let newest = -Infinity;
    for (const state of firing.values()) newest = Math.max(newest, state.seenAt);
    return newest;
  }

  return {
    get size() {
      return all.size;
    },
    firing,
    get firingSeenAt() {
      return (firingSeenAt ??= newestOfFiring());
    },
    get changedAt() {
      return changedAt;
    },
    get seenAt() {
      return seenAt;
    },
    get: (fingerprint) => all.get(fingerprint),
    has: (fingerprint) => all.has(fingerprint),
    set(fingerprint, state) {
      const before = firing.get(fingerprint);
      all.set(fingerprint, state);
      changedAt = Math.max(changedAt, state.lastAt);
      seenAt = Math.max(seenAt, state.seenAt);
      // What was the newest may be no more.
      if (before !== undefined && before.seenAt === firingSeenAt) firingSeenAt = undefined;
      if (!state.firing) {
        firing.delete(fingerprint);
        return;
      }
      firing.set(fingerprint, state);
      if (firingSeenAt !== undefined) firingSeenAt = Math.max(firingSeenAt, state.seenAt);
    },
    fingerprints: () => all.keys(),
    entries: () => all.entries(),
  };
}
