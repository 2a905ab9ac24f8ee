import type { EventLog, InstrumentOptions, Meter } from '@heliosiq/ports';
import { AggregatorRegistry, collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import { createLagReader } from './lag-reader.ts';

/** Metrics as values that can be sent to another process. */
export type MeterFigures = readonly MetricObjectWithValues<MetricValue<string>>[];

/** The program's meter and what `/metrics` answers. */
export interface ObservedMeter extends Meter {
  /** All metrics in the Prometheus text format, with the content type that says so. */
  expose(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** What was measured here, without the metrics of the process, to be exposed by another meter. */
  figures(): Promise<MeterFigures>;
  /**
   * Exposes the figures of another process of the program as well, each added to its like; while they cannot be had, their
   * metrics are absent.
   */
  alsoExpose(figures: () => Promise<MeterFigures>): void;
  /** Adds the lag of every consumer group, read from the log when metrics are asked for. */
  watchLag(log: Pick<EventLog, 'lag'>): void;
  /** Sets the gauge of how long the program took to become ready. */
  booted(seconds: number): void;
}

export interface MeterOptions {
  /** The wall clock in milliseconds since the epoch. */
  readonly now?: () => number;
  /** Whether metrics of the process (memory, processor, event loop) are included, under their usual names. Default true. */
  readonly isOfProcess?: boolean;
}

/** A meter on prom-client with registries of its own, so that two in one process do not mix. */
export function createMeter({ now = Date.now, isOfProcess = true }: MeterOptions = {}): ObservedMeter {
  const registry = new Registry();
  const ofProcess = new Registry();
  const others: (() => Promise<MeterFigures>)[] = [];
  if (isOfProcess) collectDefaultMetrics({ register: ofProcess });
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  const bootSeconds = new Gauge({
    name: 'heliosiq_boot_duration_seconds',
    help: 'How long the program took from its start until it was ready.',
    registers: [registry],
  });

  const figures = (): Promise<MeterFigures> => registry.getMetricsAsJSON();

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
      const found = await Promise.all([figures(), ...others.map((other) => other().catch(() => []))]);
      // Copies, because the sum is made of lists that may be changed.
      const all = AggregatorRegistry.aggregate(found.map((one) => [...one]));
      const text = [await ofProcess.metrics(), await all.metrics()].filter((part) => part !== '').join('\n');
      return { contentType: registry.contentType, text };
    },
    figures,
    alsoExpose: (other) => void others.push(other),
    watchLag(log) {
      const reader = createLagReader(log, now);
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
