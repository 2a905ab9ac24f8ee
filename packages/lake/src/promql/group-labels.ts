import { metricLabel, onlyLabels, withoutLabels, type LabelSet } from './label-set.ts';
import type { Grouping } from './syntax-tree.ts';

/** The labels of a series' group. */
export type GroupLabels = (labels: LabelSet) => LabelSet;

export function groupLabels({ isWithout, labels }: Grouping): GroupLabels {
  const names = new Set(isWithout ? [...labels, metricLabel] : labels);
  return (of) => (isWithout ? withoutLabels(of, names) : onlyLabels(of, names));
}
