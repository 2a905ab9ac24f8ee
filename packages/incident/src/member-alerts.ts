import { createNumberRows } from '@heliosiq/ports';
import type { AlertState } from './incident-case.ts';
import { createSightings, noPlace, type Sightings } from './newest-sighting.ts';

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

/** What a row has of an alert, by column. That it fires is told by its place among the sightings. */
const columns = { lastAt: 0, firedAt: 1, seenAt: 2, firstAt: 3, occurrences: 4, place: 5 } as const;
const emptyRow = [0, 0, 0, 0, 0, noPlace];

/** A class for the sake of its accessors: each object literal with some would be a hidden class of its own. */
class AlertsOfIncident implements MemberAlerts {
  readonly #rows = createNumberRows(emptyRow.length);
  readonly #rowOf = new Map<string, number>();
  readonly #sightings: Sightings = createSightings(this.#rows, columns);
  #changedAt = -Infinity;
  #seenAt = -Infinity;

  get size(): number {
    return this.#rowOf.size;
  }

  get firing(): number {
    return this.#sightings.size;
  }

  get firingSeenAt(): number {
    return this.#sightings.newestAt;
  }

  get changedAt(): number {
    return this.#changedAt;
  }

  get seenAt(): number {
    return this.#seenAt;
  }

  get(fingerprint: string): AlertState | undefined {
    const row = this.#rowOf.get(fingerprint);
    return row === undefined ? undefined : this.#read(row);
  }

  has(fingerprint: string): boolean {
    return this.#rowOf.has(fingerprint);
  }

  set(fingerprint: string, state: AlertState): void {
    const row = this.#rowOf.get(fingerprint) ?? this.#rows.add(emptyRow);
    this.#rowOf.set(fingerprint, row);
    for (const name of ['lastAt', 'firedAt', 'seenAt', 'firstAt', 'occurrences'] as const)
      this.#rows.set(row, columns[name], state[name]);
    this.#changedAt = Math.max(this.#changedAt, state.lastAt);
    this.#seenAt = Math.max(this.#seenAt, state.seenAt);
    if (state.firing) this.#sightings.see(row);
    else this.#sightings.end(row);
  }

  fingerprints(): Iterable<string> {
    return this.#rowOf.keys();
  }

  *entries(): Iterable<[string, AlertState]> {
    for (const [fingerprint, row] of this.#rowOf) yield [fingerprint, this.#read(row)];
  }

  #read(row: number): AlertState {
    return {
      firing: this.#sightings.holds(row),
      lastAt: this.#rows.get(row, columns.lastAt),
      firedAt: this.#rows.get(row, columns.firedAt),
      seenAt: this.#rows.get(row, columns.seenAt),
      firstAt: this.#rows.get(row, columns.firstAt),
      occurrences: this.#rows.get(row, columns.occurrences),
    };
  }
}
