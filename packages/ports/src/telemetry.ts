/** A monotonic count. */
export interface Counter {
  add(amount: number, labels?: Readonly<Record<string, string>>): void;
}

/** A value that goes up and down. */
export interface Gauge {
  set(value: number, labels?: Readonly<Record<string, string>>): void;
}

/** A distribution, in seconds where it measures time. */
export interface Histogram {
  observe(value: number, labels?: Readonly<Record<string, string>>): void;
}

export interface InstrumentOptions {
  /** Prometheus name with unit, e.g. `heliosiq_records_rejected_total`. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

/** Makes the instruments of the program's own metrics; asking twice for one name gives the same instrument. */
export interface Meter {
  counter(options: InstrumentOptions): Counter;
  gauge(options: InstrumentOptions): Gauge;
  histogram(options: InstrumentOptions & { readonly buckets?: readonly number[] }): Histogram;
}

/** Structured log lines; a field must never hold a secret. */
export interface Logger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
  child(fields: Readonly<Record<string, unknown>>): Logger;
}
