import { HeliosError } from '@heliosiq/model';

/** A place in a query: the text, and how many characters lie before. */
export interface QueryPlace {
  readonly query: string;
  readonly place: number;
}

const cure = 'docs/use/promql.md lists what can be asked.';

/** Line and character of a place, both from 1, as Prometheus writes them. */
export function lineAndColumn({ query, place }: QueryPlace): string {
  const before = query.slice(0, place);
  const line = before.split('\n').length;
  return `${line}:${place - (before.lastIndexOf('\n') + 1) + 1}`;
}

/** What is no PromQL. */
export function notPromql(message: string, at: QueryPlace): HeliosError {
  return new HeliosError('invalid-request', `${lineAndColumn(at)}: parse error: ${message}`, { field: 'query', cure });
}

/** What is PromQL, and not answered here. */
export function notSupported(what: string, at: QueryPlace): HeliosError {
  return new HeliosError('invalid-request', `${lineAndColumn(at)}: not supported: ${what}`, { field: 'query', cure });
}

/** What only the data shows, such as two results of the same labels. */
export function cannotEvaluate(message: string, howToCure: string): HeliosError {
  return new HeliosError('unprocessable', message, { field: 'query', cure: howToCure });
}

/** A question beyond the bounds of one. */
export function tooMuch(message: string): HeliosError {
  return new HeliosError('unprocessable', message, {
    field: 'query',
    cure: 'Name a metric or labels, so that fewer series match, or ask for a shorter range or a longer step.',
  });
}
