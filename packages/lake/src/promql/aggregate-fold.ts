import { lostInAddition } from './compensated-sum.ts';
import type { LabelSet } from './label-set.ts';
import type { StepSeries } from './step-series.ts';
import type { AggregateOperator } from './syntax-tree.ts';

/** Aggregations that need no more of a series than to have seen it once. */
export type FoldOperator = Exclude<AggregateOperator, 'topk' | 'bottomk' | 'quantile' | 'count_values'>;

/** A group's aggregation, step by step; series are added one after the other. */
export interface Fold {
  add(series: StepSeries): void;
  result(labels: LabelSet): StepSeries;
}

export function createFold(operator: FoldOperator, count: number): Fold {
  switch (operator) {
    case 'sum':
      return sumFold(count);
    case 'avg':
      return meanFold(count);
    case 'min':
      return extremeFold(count, (value, held) => value < held);
    case 'max':
      return extremeFold(count, (value, held) => value > held);
    case 'count':
      return countFold(count);
    case 'group':
      return groupFold(count);
    case 'stddev':
      return varianceFold(count, Math.sqrt);
    case 'stdvar':
      return varianceFold(count, (variance) => variance);
  }
}

function sumFold(count: number): Fold {
  const totals = new Float64Array(count);
  const losses = new Float64Array(count);
  const seen = new Uint8Array(count);
  return {
    add({ values, present }) {
      for (let step = 0; step < count; step += 1) {
        if (present[step] === 0) continue;
        const value = values[step] ?? 0;
        if (seen[step] === 0) {
          seen[step] = 1;
          totals[step] = value;
          continue;
        }
        const total = totals[step] ?? 0;
        losses[step] = lostInAddition(total, value, losses[step] ?? 0);
        totals[step] = total + value;
      }
    },
    result(labels) {
      for (let step = 0; step < count; step += 1) totals[step] = (totals[step] ?? 0) + (losses[step] ?? 0);
      return { labels, values: totals, present: seen };
    },
  };
}

/** By the sum as long as that does not overflow, then by a running mean (Welford 1962). */
function meanFold(count: number): Fold {
  const totals = new Float64Array(count);
  const losses = new Float64Array(count);
  const counts = new Float64Array(count);
  const running = new Uint8Array(count);
  return {
    add({ values, present }) {
      for (let step = 0; step < count; step += 1) {
        if (present[step] === 0) continue;
        const value = values[step] ?? 0;
        const seen = (counts[step] ?? 0) + 1;
        counts[step] = seen;
        if (seen === 1) {
          totals[step] = value;
          continue;
        }
        let total = totals[step] ?? 0;
        let lost = losses[step] ?? 0;
        if (running[step] === 0) {
          const next = total + value;
          if (next !== Infinity && next !== -Infinity) {
            losses[step] = lostInAddition(total, value, lost);
            totals[step] = next;
            continue;
          }
          running[step] = 1;
          total /= seen - 1;
          lost /= seen - 1;
        }
        const share = (seen - 1) / seen;
        losses[step] = lostInAddition(total * share, value / seen, lost * share);
        totals[step] = total * share + value / seen;
      }
    },
    result(labels) {
      const present = new Uint8Array(count);
      for (let step = 0; step < count; step += 1) {
        const seen = counts[step] ?? 0;
        if (seen === 0) continue;
        present[step] = 1;
        const divisor = running[step] === 1 ? 1 : seen;
        totals[step] = (totals[step] ?? 0) / divisor + (losses[step] ?? 0) / divisor;
      }
      return { labels, values: totals, present };
    },
  };
}

function extremeFold(count: number, isBeyond: (value: number, held: number) => boolean): Fold {
  const held = new Float64Array(count);
  const seen = new Uint8Array(count);
  return {
    add({ values, present }) {
      for (let step = 0; step < count; step += 1) {
        if (present[step] === 0) continue;
        const value = values[step] ?? 0;
        const before = held[step] ?? 0;
        if (seen[step] === 0 || isBeyond(value, before) || Number.isNaN(before)) held[step] = value;
        seen[step] = 1;
      }
    },
    result: (labels) => ({ labels, values: held, present: seen }),
  };
}

function countFold(count: number): Fold {
  const counts = new Float64Array(count);
  return {
    add({ present }) {
      for (let step = 0; step < count; step += 1) counts[step] = (counts[step] ?? 0) + (present[step] ?? 0);
    },
    result: (labels) => ({ labels, values: counts, present: Uint8Array.from(counts, (seen) => (seen > 0 ? 1 : 0)) }),
  };
}

function groupFold(count: number): Fold {
  const seen = new Uint8Array(count);
  return {
    add({ present }) {
      for (let step = 0; step < count; step += 1) if (present[step] === 1) seen[step] = 1;
    },
    result: (labels) => ({ labels, values: Float64Array.from(seen), present: seen }),
  };
}

/** The variance of a population, by Welford's recurrence (1962). */
function varianceFold(count: number, resultOf: (variance: number) => number): Fold {
  const means = new Float64Array(count);
  const squares = new Float64Array(count);
  const counts = new Float64Array(count);
  return {
    add({ values, present }) {
      for (let step = 0; step < count; step += 1) {
        if (present[step] === 0) continue;
        const value = values[step] ?? 0;
        const seen = (counts[step] ?? 0) + 1;
        counts[step] = seen;
        if (seen === 1) {
          means[step] = value;
          squares[step] = Number.isFinite(value) ? 0 : Number.NaN;
          continue;
        }
        const delta = value - (means[step] ?? 0);
        const mean = (means[step] ?? 0) + delta / seen;
        means[step] = mean;
        squares[step] = (squares[step] ?? 0) + delta * (value - mean);
      }
    },
    result(labels) {
      const present = Uint8Array.from(counts, (seen) => (seen > 0 ? 1 : 0));
      for (let step = 0; step < count; step += 1) {
        if (present[step] === 1) squares[step] = resultOf((squares[step] ?? 0) / (counts[step] ?? 1));
      }
      return { labels, values: squares, present };
    },
  };
}
