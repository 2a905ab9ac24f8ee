import { canonicalLabels } from '@heliosiq/model/content-id.ts';
import type { SeriesSummary } from '@heliosiq/ports';

/** Keeps the first of many series by asset, metric and labels, without holding all of them. */
export interface NameOrder {
  add(summary: SeriesSummary): void;
  list(): readonly SeriesSummary[];
}

/** Sorted and cut again only when so many more have come, so that each series is compared a few times. */
const slack = 1000;

export function createNameOrder(limit: number): NameOrder {
  let kept: SeriesSummary[] = [];
  const cut = (): void => {
    kept = kept.sort(compare).slice(0, limit);
  };
  return {
    add(summary) {
      kept.push(summary);
      if (kept.length >= limit + slack) cut();
    },
    list() {
      cut();
      return kept;
    },
  };
}

function compare({ series: a }: SeriesSummary, { series: b }: SeriesSummary): number {
  return (
    compareTexts(a.asset, b.asset) ||
    compareTexts(a.metric, b.metric) ||
    compareTexts(canonicalLabels(a.labels), canonicalLabels(b.labels))
  );
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
