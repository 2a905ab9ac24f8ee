import { parser } from '@prometheus-io/lezer-promql';

/** The place of a window in a query that has one: `rate(x[{{.window}}])`, also as `$window`. */
const placeholder = /\{\{\s*\.?window\s*\}\}|\$\{?window\}?/g;

/**
 * A query about counters, asked over a window: where it names the window's place, that is filled in, else each bare selector
 * `x{…}` becomes `rate(x{…}[5m])`. Selectors that have a range of their own stay. The query is sound PromQL.
 */
export function rateOver(query: string, window: string): string {
  return over(query, window, (selector) => `rate(${selector}[${window}])`);
}

/** The same for values that are counts of their own: `sum_over_time`. */
export function sumOver(query: string, window: string): string {
  return over(query, window, (selector) => `sum_over_time(${selector}[${window}])`);
}

/** A query whose window is filled in where it names the place of one. */
export function withWindow(query: string, window: string): string {
  return query.replaceAll(placeholder, () => window);
}

function over(query: string, window: string, wrapped: (selector: string) => string): string {
  if (query.search(placeholder) !== -1) return withWindow(query, window);
  const selectors: { readonly from: number; readonly to: number }[] = [];
  parser.parse(query).iterate({
    enter: ({ name, from, to }) => {
      if (name === 'VectorSelector') selectors.push({ from, to });
      // What has a range, or is asked again over one, has been given its window by whoever wrote it.
      return name !== 'VectorSelector' && name !== 'MatrixSelector' && name !== 'SubqueryExpr';
    },
  });
  let text = '';
  let place = 0;
  for (const { from, to } of selectors) {
    text += query.slice(place, from) + wrapped(query.slice(from, to));
    place = to;
  }
  return text + query.slice(place);
}
