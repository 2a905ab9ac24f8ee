import type { AlertState } from './incident-case.ts';
import { createSightings, type Sightings } from './newest-sighting.ts';

/**
 * The alerts of one incident by fingerprint. In a storm they are thousands, and each new one asks of all: how many of them fire
 * is counted, and what was seen last is at hand, so that no question goes through all of them.
 */
export interface MemberAlerts {
  readonly size: number;
  /** How many of them fire. */
  readonly firing: number;
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
  readonly #all = new Map<string, AlertState>();
  readonly #sightings: Sightings = createSightings({
    holds: ({ fingerprint, state }) => this.#all.get(fingerprint) === state,
    size: () => this.#firing,
  });
  #firing = 0;
  #changedAt = -Infinity;
  #seenAt = -Infinity;

  get size(): number {
    return this.#all.size;
  }

  get firing(): number {
    return this.#firing;
  }

  get firingSeenAt(): number {
    return this.#sightings.newestAt();
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
    if (this.#all.get(fingerprint)?.firing === true) this.#firing -= 1;
    this.#all.set(fingerprint, state);
    this.#changedAt = Math.max(this.#changedAt, state.lastAt);
    this.#seenAt = Math.max(this.#seenAt, state.seenAt);
    if (!state.firing) return;
    this.#firing += 1;
    this.#sightings.add({ fingerprint, state });
  }

  fingerprints(): Iterable<string> {
    return this.#all.keys();
  }

  entries(): Iterable<[string, AlertState]> {
    return this.#all.entries();
  }
}
