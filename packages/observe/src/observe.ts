import type { EventLog, InstrumentOptions, Meter } from '@heliosiq/ports';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { createLagReader } from './lag-reader.ts';

/** The program's meter and what `/metrics` answers. */
export interface ObservedMeter extends Meter {
  /** All metrics in the Prometheus text format, with the content type that says so. */
  expose(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** Adds the lag of every consumer group, read from the log when metrics are asked for. */
  watchLag(log: Pick<EventLog, 'lag'>): void;
  /** Sets the gauge of how long the program took to become ready. */
  booted(seconds: number): void;
}

/**
 * A meter on prom-client with a registry of its own, so that two in one process do not mix. Metrics of the process
 * (memory, processor, event loop) are included under their usual names. `now` is the wall clock in milliseconds.
 */
export function createMeter(options: { readonly now?: () => number } = {}): ObservedMeter {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  const bootSeconds = new Gauge({
    name: 'heliosiq_boot_duration_seconds',
    help: 'How long the program took from its start until it was ready.',
    registers: [registry],
  });

  return {
    counter(wanted) {
      const counter = instrument(
        counters,
        wanted.name,
        () => new Counter({ ...configOf(wanted), registers: [registry] }),
      );
      return { add: (amount, labels = {}) => counter.inc(labels, amount) };
    },
    gauge(wanted) {
      const gauge = instrument(gauges, wanted.name, () => new Gauge({ ...configOf(wanted), registers: [registry] }));
      return { set: (value, labels = {}) => gauge.set(labels, value) };
    },
    histogram(wanted) {
      const buckets = wanted.buckets === undefined ? {} : { buckets: [...wanted.buckets] };
      const make = (): Histogram => new Histogram({ ...configOf(wanted), ...buckets, registers: [registry] });
      const histogram = instrument(histograms, wanted.name, make);
      return { observe: (value, labels = {}) => histogram.observe(labels, value) };
    },
    async expose() {
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
    watchLag(log) {
      const reader = createLagReader(log, options.now ?? Date.now);
      const lag = new Gauge({
        name: 'heliosiq_log_lag_records',
        help: 'Records that a consumer group has not committed yet.',
        labelNames: ['group', 'topic', 'partition'],
        registers: [registry],
        async collect() {
          const { partitions } = await reader.read();
          // A group that is gone must not leave its last value behind.
          this.reset();
          for (const { group, topic, partition, lagRecords } of partitions)
            this.set({ group, topic, partition }, lagRecords);
        },
      });
      const age = new Gauge({
        name: 'heliosiq_log_lag_age_seconds',
        help: 'How old the lag is that was read last; grows while the log does not answer.',
        registers: [registry],
        async collect() {
          const { ageMs } = await reader.read();
          if (ageMs !== undefined) this.set(ageMs / 1000);
        },
      });
      // Registered by their constructors; a scrape asks them.
      void [lag, age];
    },
    booted: (seconds) => bootSeconds.set(seconds),
  };
}

function instrument<Instrument>(known: Map<string, Instrument>, name: string, make: () => Instrument): Instrument {
  const existing = known.get(name);
  if (existing !== undefined) return existing;
  const made = make();
  known.set(name, made);
  return made;
}

function configOf({ name, help, labels }: InstrumentOptions): { name: string; help: string; labelNames: string[] } {
  return { name, help, labelNames: [...(labels ?? [])] };
}
