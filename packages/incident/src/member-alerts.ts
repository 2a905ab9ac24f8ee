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
  return new AlertsOfIncident();
}

/** A class for the sake of its accessors: each object literal with some would be a hidden class of its own. */
class AlertsOfIncident implements MemberAlerts {
  readonly firing = new Map<string, AlertState>();
  readonly #all = new Map<string, AlertState>();
  #changedAt = -Infinity;
  #seenAt = -Infinity;
  /** Undefined when it has to be looked for anew. */
  #firingSeenAt: number | undefined = -Infinity;

  get size(): number {
    return this.#all.size;
  }

  get firingSeenAt(): number {
    return (this.#firingSeenAt ??= this.#newestOfFiring());
  }

  get changedAt(): number {
    return this.#changedAt;
  }

  get seenAt(): number {
    return this.#seenAt;
  }

  get(fingerprint: string): AlertState | undefined {
    return this.#all.get(fingerprint);
  }

  has(fingerprint: string): boolean {
    return this.#all.has(fingerprint);
  }

  set(fingerprint: string, state: AlertState): void {
    const before = this.firing.get(fingerprint);
    this.#all.set(fingerprint, state);
    this.#changedAt = Math.max(this.#changedAt, state.lastAt);
    this.#seenAt = Math.max(this.#seenAt, state.seenAt);
    // What was the newest may be no more.
    if (before !== undefined && before.seenAt === this.#firingSeenAt) this.#firingSeenAt = undefined;
    if (!state.firing) {
      this.firing.delete(fingerprint);
      return;
    }
    this.firing.set(fingerprint, state);
    if (this.#firingSeenAt !== undefined) this.#firingSeenAt = Math.max(this.#firingSeenAt, state.seenAt);
  }

  fingerprints(): Iterable<string> {
    return this.#all.keys();
  }

  entries(): Iterable<[string, AlertState]> {
    return this.#all.entries();
  }

  #newestOfFiring(): number {
    let newest = -Infinity;
    for (const state of this.firing.values()) newest = Math.max(newest, state.seenAt);
    return newest;
  }
}
