import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseQuery } from '../../packages/lake/src/promql/parse-query.ts';
import { durationMsOf } from '../../packages/lake/src/promql/duration.ts';

/** Series to be loaded: each as it is written in PromQL, and its points from the epoch on. */
export interface Load {
  readonly every: string;
  readonly series: readonly (readonly [series: string, points: string])[];
}

/** A question, and what is known of its answer. */
export interface KnownCase {
  readonly query: string;
  /** The moment, or the range, as durations since the epoch. */
  readonly at?: string;
  readonly from?: string;
  readonly to?: string;
  readonly step?: string;
  readonly series?: readonly (readonly [series: string, points: string])[];
  readonly number?: string;
  readonly string?: string;
  readonly fails?: boolean;
  readonly isOrdered?: boolean;
}

export interface Topic {
  readonly topic: string;
  /** Loads and cases in their order; each section begins with nothing loaded. */
  readonly sections: readonly (readonly (Load | KnownCase)[])[];
}

/**
 * Cases of the Prometheus project (https://github.com/prometheus/prometheus/tree/main/promql/promqltest/testdata, release
 * 3.15) as data: those without native histograms and experimental features.
 */
export function knownTopics(): readonly Topic[] {
  // The cast holds for the file beside this one.
  return JSON.parse(readFileSync(join(import.meta.dirname, 'known-cases.json'), 'utf8')) as readonly Topic[];
}

/** The labels of a series as PromQL writes it, e.g. `up{job="api"}`. */
export function labelsOfText(text: string): Readonly<Record<string, string>> {
  if (text === '{}') return {};
  const expression = parseQuery(text);
  if (expression.kind !== 'selector') throw new Error(`${text} is no series`);
  return Object.fromEntries(
    expression.matchers.filter(({ value }) => value !== '').map(({ name, value }) => [name, value]),
  );
}

export function momentMsOf(text: string): number {
  const [, sign, duration = ''] = /^(-?)(.*)$/.exec(text) ?? [];
  return durationMsOf(duration) * (sign === '-' ? -1 : 1);
}
