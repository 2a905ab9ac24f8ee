/**
 * Rows of numbers of one width, for what is remembered of thousands of things. They lie outside the heap: a number in a property
 * of an object is an object of its own, and each of these costs the garbage collector a look as long as it lives.
 */
export interface NumberRows {
  /** How many rows there are. */
  readonly size: number;
  /** Adds a row, in the place of one that was removed where there is one; its number stands for it until it is removed. */
  add(values: readonly number[]): number;
  /** The value in a column of a row, both counted from 0. */
  get(row: number, column: number): number;
  set(row: number, column: number, value: number): void;
  /** Removes a row that is there. */
  remove(row: number): void;
}

const firstRows = 16;

export function createNumberRows(width: number): NumberRows {
  return new PackedRows(width);
}

/** A class for the sake of its accessor: each object literal with one would be a hidden class of its own. */
class PackedRows implements NumberRows {
  readonly #width: number;
  readonly #free: number[] = [];
  #values: Float64Array;
  /** Rows that were ever in use at once. */
  #used = 0;

  constructor(width: number) {
    this.#width = width;
    this.#values = new Float64Array(firstRows * width);
  }

  get size(): number {
    return this.#used - this.#free.length;
  }

  add(values: readonly number[]): number {
    const row = this.#free.pop() ?? this.#next();
    this.#values.set(values, row * this.#width);
    return row;
  }

  get(row: number, column: number): number {
    return this.#values[row * this.#width + column] ?? Number.NaN;
  }

  set(row: number, column: number, value: number): void {
    this.#values[row * this.#width + column] = value;
  }

  remove(row: number): void {
    this.#free.push(row);
  }

  #next(): number {
    const row = this.#used;
    this.#used += 1;
    if (this.#used * this.#width > this.#values.length) {
      const grown = new Float64Array(2 * this.#values.length);
      grown.set(this.#values);
      this.#values = grown;
    }
    return row;
  }
}
