import type { PrometheusClient } from '@prometheus-io/codemirror-promql';
import { labelNames, labelValues, metricFacts } from './prometheus-api.ts';

const keptMs = 60_000;
const keptMax = 200;

/** Answers the editor's questions about names from the server, each at most once a minute; where it cannot, with nothing. */
export function createCompletionSource(): PrometheusClient {
  const known = new Map<string, { readonly answer: Promise<unknown>; readonly until: number }>();

  function once<Answer>(key: string, ask: () => Promise<Answer>, nothing: Answer): Promise<Answer> {
    const before = known.get(key);
    // The cast holds: a key stands for one question.
    if (before !== undefined && before.until > Date.now()) return before.answer as Promise<Answer>;
    if (known.size >= keptMax) known.clear();
    // A completion that fails offers nothing; the query itself will tell what is wrong.
    const answer = ask().catch(() => nothing);
    known.set(key, { answer, until: Date.now() + keptMs });
    return answer;
  }

  const valuesOf = (label: string, selector?: string): Promise<string[]> =>
    once(`values ${label} ${selector ?? ''}`, () => labelValues(label, selector), []);

  return {
    labelNames: (metric) =>
      once(`labels ${metric ?? ''}`, () => labelNames(metric === undefined || metric === '' ? undefined : metric), []),
    labelValues: (label, metric) => valuesOf(label, metric === undefined || metric === '' ? undefined : metric),
    metricMetadata: () => once('metadata', metricFacts, {}),
    metricNames: () => valuesOf('__name__'),
    series: () => Promise.resolve([]),
    flags: () => Promise.resolve({}),
  };
}
