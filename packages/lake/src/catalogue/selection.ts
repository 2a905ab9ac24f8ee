import { HeliosError } from '@heliosiq/model';
import type { SeriesRef } from '@heliosiq/model';
import type { SeriesFilter } from '@heliosiq/ports';
import { compileMatchers } from '../promql/label-matcher.ts';
import type { LabelMatcher } from '../promql/label-matcher.ts';
import { parseQuery } from '../promql/parse-query.ts';
import { resultLabelsOf } from '../promql/result-labels.ts';

/** Which series a person means. */
export interface Selection {
  /** What a store can decide by itself; at least the series meant. */
  readonly filter: SeriesFilter;
  isMeant(series: SeriesRef): boolean;
}

const everything: Selection = { filter: {}, isMeant: () => true };

/**
 * The selection of an instant selector of PromQL such as `up{job=~"a.*"}`, by the labels under which PromQL knows the
 * series; everything without one. Throws `invalid-request` where it is no such selector.
 */
export function selectionOf(match: string | undefined): Selection {
  if (match === undefined || /^\s*(?:\{\s*\})?\s*$/.test(match)) return everything;
  const matchers = matchersOf(match);
  const tests = compileMatchers(matchers);
  return {
    filter: filterOf(matchers),
    isMeant(series) {
      const labels = resultLabelsOf(series);
      return tests.every(({ name, test }) => test((name === '__name__' ? series.metric : labels[name]) ?? ''));
    },
  };
}

function matchersOf(match: string): readonly LabelMatcher[] {
  const expression = parseQuery(match);
  const isPlain =
    expression.kind === 'selector' && expression.shift.offsetMs === 0 && expression.shift.fixedAt === undefined;
  if (!isPlain) {
    throw new HeliosError('invalid-request', 'The selector holds more than a metric and labels', {
      field: 'match',
      cure: 'Give a selector without range, offset or function, such as up{job="api"}',
    });
  }
  return expression.matchers;
}

/** The name `asset` may stand for no label of its series, so that only the test decides on it. */
function filterOf(matchers: readonly LabelMatcher[]): SeriesFilter {
  const equal = matchers.filter(({ operator, value }) => operator === '=' && value !== '');
  const metric = equal.find(({ name }) => name === '__name__')?.value;
  const labels = equal.filter(({ name }) => name !== '__name__' && name !== 'asset');
  return {
    ...(metric !== undefined && { metric }),
    ...(labels.length > 0 && { labels: Object.fromEntries(labels.map(({ name, value }) => [name, value])) }),
  };
}
