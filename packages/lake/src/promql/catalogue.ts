import type { TenantId } from '@heliosiq/model';
import { HeliosError } from '@heliosiq/model';
import type { CatalogueQuestion, Listing, MetricQuery, SeriesStore, TimeRange } from '@heliosiq/ports';
import type { LabelMatcher } from './label-matcher.ts';
import { compareLabelSets, keyOf, recordOf, valueUnder, type LabelSet } from './label-set.ts';
import { createMetricFamilies } from './metric-families.ts';
import { parseQuery } from './parse-query.ts';
import { createQueryBudget, type QueryLimits } from './query-budget.ts';
import { createSeriesReader, type FoundSeries } from './read-series.ts';
import type { Expression } from './syntax-tree.ts';

/** All of time, as far as dates go. */
const always: TimeRange = { from: -8.64e15, to: 8.64e15 };

export interface CatalogueDeps {
  readonly series: SeriesStore;
  readonly limits: QueryLimits;
}

/** Answers what there is to be asked about, from the catalogue of series. */
export function createCatalogue({
  series,
  limits,
}: CatalogueDeps): Pick<MetricQuery, 'series' | 'labelNames' | 'labelValues' | 'metadata'> {
  /** The series that any selector matches, page by page; one that several match comes several times. */
  async function* found(tenantId: TenantId, question: CatalogueQuestion): AsyncGenerator<FoundSeries> {
    const { matches, from = always.from, to = always.to - 1, signal } = question;
    const budget = createQueryBudget(limits, signal);
    const reader = createSeriesReader({ series, tenantId, budget, signal });
    const selectors = matches.length === 0 ? [[]] : matches.map(matchersOf);
    for (const matchers of selectors) {
      for await (const page of reader.scan(matchers, { from, to: to + 1 })) {
        yield* page;
        await budget.breathe();
      }
    }
  }

  return {
    async series(tenantId, question) {
      const byKey = new Map<string, LabelSet>();
      const budget = createQueryBudget(limits, undefined);
      for await (const { labels } of found(tenantId, question)) {
        const key = keyOf(labels);
        if (byKey.has(key)) continue;
        budget.countSeries(1);
        byKey.set(key, labels);
      }
      const { entries, isCut } = listed([...byKey.values()].toSorted(compareLabelSets), question.limit);
      return { entries: entries.map(recordOf), isCut };
    },

    async labelNames(tenantId, question) {
      const names = new Set<string>();
      for await (const { labels } of found(tenantId, question)) {
        for (let index = 0; index < labels.length; index += 2) names.add(labels[index] ?? '');
      }
      return listed([...names].toSorted(compareTexts), question.limit);
    },

    async labelValues(tenantId, label, question) {
      const values = new Set<string>();
      for await (const { labels } of found(tenantId, question)) {
        const value = valueUnder(labels, label);
        if (value !== '') values.add(value);
      }
      return listed([...values].toSorted(compareTexts), question.limit);
    },

    async metadata(tenantId, { metric, limit, signal }) {
      const families = createMetricFamilies();
      const question = { matches: [], ...(signal !== undefined && { signal }) };
      for await (const { labels, summary } of found(tenantId, question)) families.add(labels, summary.series);
      const all = families.metadata().filter((one) => metric === undefined || one.metric === metric);
      return listed(all, limit).entries;
    },
  };
}

function matchersOf(selector: string): readonly LabelMatcher[] {
  const expression = parsed(selector);
  if (expression.kind === 'selector') return expression.matchers;
  throw new HeliosError('invalid-request', 'expected a series selector', { field, cure });
}

const field = 'match[]';
const cure = 'Give a selector such as up{job="api"}.';

function parsed(selector: string): Expression {
  try {
    return parseQuery(selector);
  } catch (error) {
    // The fault is that of another parameter than the reader of queries supposes.
    if (!(error instanceof HeliosError)) throw error;
    throw new HeliosError(error.code, error.message, { field, cure, cause: error });
  }
}

function listed<Entry>(all: readonly Entry[], limit = Infinity): Listing<Entry> {
  return all.length > limit ? { entries: all.slice(0, limit), isCut: true } : { entries: all, isCut: false };
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
