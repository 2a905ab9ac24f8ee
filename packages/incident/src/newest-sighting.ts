import type { NumberRows } from '@heliosiq/ports';

/** Which of the alerts that fire was seen last, whichever of them end. Each is known by its row. */
export interface Sightings {
  /** How many fire. */
  readonly size: number;
  /** Event time of the newest sighting; `-Infinity` when none fires. */
  readonly newestAt: number;
  holds(row: number): boolean;
  /** It fires and was seen at the time in its row. */
  see(row: number): void;
  /** It does not fire any more. */
  end(row: number): void;
}

/** Columns of a row: when its alert was seen, and its place here. */
export interface SightingColumns {
  readonly seenAt: number;
  readonly place: number;
}

/** The place of what does not fire. */
export const noPlace = -1;

export function createSightings(rows: NumberRows, columns: SightingColumns): Sightings {
  return new NewestFirst(rows, columns);
}

/** A binary heap of rows with the newest at its root. A class for the sake of its accessors. */
class NewestFirst implements Sightings {
  readonly #heap: number[] = [];
  readonly #rows: NumberRows;
  readonly #columns: SightingColumns;

  constructor(rows: NumberRows, columns: SightingColumns) {
    this.#rows = rows;
    this.#columns = columns;
  }

  get size(): number {
    return this.#heap.length;
  }

  get newestAt(): number {
    return this.#timeOf(this.#heap[0]);
  }

  holds(row: number): boolean {
    return this.#placeOf(row) !== noPlace;
  }

  see(row: number): void {
    this.#settle(row, this.holds(row) ? this.#placeOf(row) : this.#heap.length);
  }

  end(row: number): void {
    const place = this.#placeOf(row);
    if (place === noPlace) return;
    const last = this.#heap.pop();
    if (last !== undefined && last !== row) this.#settle(last, place);
    this.#rows.set(row, this.#columns.place, noPlace);
  }

  /** Puts a row where it belongs: up or down from a place that is free for it. */
  #settle(row: number, from: number): void {
    const time = this.#timeOf(row);
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = this.#heap[above];
      if (parent === undefined || this.#timeOf(parent) >= time) break;
      this.#put(parent, place);
      place = above;
    }
    for (;;) {
      const left = 2 * place + 1;
      const newer = this.#timeOf(this.#heap[left + 1]) > this.#timeOf(this.#heap[left]) ? left + 1 : left;
      const child = this.#heap[newer];
      if (child === undefined || this.#timeOf(child) <= time) break;
      this.#put(child, place);
      place = newer;
    }
    this.#put(row, place);
  }

  #put(row: number, place: number): void {
    this.#heap[place] = row;
    this.#rows.set(row, this.#columns.place, place);
  }

  #placeOf(row: number): number {
    return this.#rows.get(row, this.#columns.place);
  }

  #timeOf(row: number | undefined): number {
    return row === undefined ? -Infinity : this.#rows.get(row, this.#columns.seenAt);
  }
}
