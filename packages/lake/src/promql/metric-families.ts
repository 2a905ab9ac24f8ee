import type { SeriesRef } from '@heliosiq/model';
import type { MetricMetadata } from '@heliosiq/ports';
import { valueUnder, type LabelSet } from './label-set.ts';

/** What the names and labels of series tell about their metrics. */
export interface MetricFamilies {
  add(labels: LabelSet, series: SeriesRef): void;
  /** One entry per family, ascending by name. */
  metadata(): readonly MetricMetadata[];
}

interface SeenMetric {
  unit: string;
  hasBounds: boolean;
  hasQuantiles: boolean;
}

/**
 * The type of a metric is told by the naming rules of OpenMetrics (https://prometheus.io/docs/specs/om/open_metrics_spec/):
 * `_total` ends a counter's name, `_bucket` with the label `le` a histogram's part, `quantile` labels a summary. Other
 * metrics are `unknown`; no sender's help text is kept.
 */
export function createMetricFamilies(): MetricFamilies {
  const seen = new Map<string, SeenMetric>();

  /** The family that a metric is a part of: `x` for `x_bucket`, `x_sum` and `x_count` of a histogram or summary `x`. */
  function familyOf(metric: string): { readonly name: string; readonly type: MetricMetadata['type'] } {
    const known = seen.get(metric);
    if (known?.hasQuantiles === true) return { name: metric, type: 'summary' };
    const [, base, part] = /^(.+)_(bucket|sum|count)$/.exec(metric) ?? [];
    if (base !== undefined) {
      if (seen.get(`${base}_bucket`)?.hasBounds === true && (part !== 'bucket' || known?.hasBounds === true)) {
        return { name: base, type: 'histogram' };
      }
      if (part !== 'bucket' && seen.get(base)?.hasQuantiles === true) return { name: base, type: 'summary' };
    }
    return { name: metric, type: metric.endsWith('_total') ? 'counter' : 'unknown' };
  }

  return {
    add(labels, { metric, unit }) {
      const known = seen.get(metric) ?? { unit: '', hasBounds: false, hasQuantiles: false };
      if (unit !== undefined) known.unit = unit;
      known.hasBounds ||= valueUnder(labels, 'le') !== '';
      known.hasQuantiles ||= valueUnder(labels, 'quantile') !== '';
      seen.set(metric, known);
    },
    metadata() {
      const families = new Map<string, MetricMetadata>();
      for (const [metric, { unit }] of seen) {
        const { name, type } = familyOf(metric);
        const known = families.get(name);
        families.set(name, {
          metric: name,
          type,
          help: '',
          unit: known === undefined || known.unit === '' ? unit : known.unit,
        });
      }
      return [...families.values()].toSorted((a, b) => (a.metric < b.metric ? -1 : 1));
    },
  };
}
