import { keepPreviousData, useQueries } from '@tanstack/react-query';
import type { UseQueryResult } from '@tanstack/react-query';
import { useCallback } from 'react';
import { chartLines } from './chart-lines.ts';
import type { AnsweredQuery, ChartLines } from './chart-lines.ts';
import { comparisons } from './explore-search.ts';
import type { Comparison } from './explore-search.ts';
import { QueryFault, queryRange } from './prometheus-api.ts';
import type { MatrixSeries, RangeAnswer, RangeQuestion } from './prometheus-api.ts';
import type { Span } from './time-range.ts';

export interface AskedQueries {
  readonly queries: readonly string[];
  readonly span: Span;
  readonly stepS: number;
  readonly versus: Comparison | undefined;
}

export interface Answers {
  readonly chart: ChartLines;
  /** What is wrong with each query, by its place. */
  readonly faults: readonly (Error | undefined)[];
  /** What the server remarks. */
  readonly notes: readonly string[];
  readonly isLoading: boolean;
  /** True when every query was answered, with series or without. */
  readonly isWhole: boolean;
}

/** Asks all queries at once over the same steps, and each once more for the time that it is compared with. */
export function useAnswers({ queries, span, stepS, versus }: AskedQueries): Answers {
  const startS = Math.floor(span.from / 1000 / stepS) * stepS;
  const endS = Math.floor(span.to / 1000 / stepS) * stepS;
  const backS = versus === undefined ? 0 : comparisons[versus];
  const starts = backS === 0 ? [0] : [0, backS];
  const combine = useCallback(
    (results: readonly UseQueryResult<RangeAnswer>[]): Answers => {
      const answered = queries.map((query, place): AnsweredQuery => ({
        place,
        query,
        series: results[place]?.data?.series ?? [],
        earlier: (results[queries.length + place]?.data?.series ?? []).map((series) => later(series, backS)),
      }));
      return {
        chart: chartLines(answered, { startS, endS, stepS }),
        faults: queries.map((_, place) => results[place]?.error ?? undefined),
        notes: [...new Set(results.flatMap(({ data }) => data?.notes ?? []))],
        isLoading: results.some(({ isFetching }) => isFetching),
        isWhole:
          results.length > 0 && results.every(({ isSuccess, isPlaceholderData }) => isSuccess && !isPlaceholderData),
      };
    },
    [queries, startS, endS, stepS, backS],
  );
  return useQueries({
    queries: starts.flatMap((back) =>
      queries.map((query) => rangeQuery({ query, startS: startS - back, endS: endS - back, stepS })),
    ),
    combine,
  });
}

function rangeQuery(question: RangeQuestion) {
  return {
    queryKey: ['queryRange', question] as const,
    queryFn: ({ signal }: { readonly signal: AbortSignal }) => queryRange(question, signal),
    staleTime: 5000,
    // A question speaks of one stretch of time: the page asks a new one when it is to be renewed.
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    placeholderData: keepPreviousData,
    retry: (failures: number, error: Error) => failures < 2 && error instanceof QueryFault && error.isPassing,
  };
}

function later({ metric, times, values }: MatrixSeries, backS: number): MatrixSeries {
  return { metric, values, times: times.map((at) => at + backS) };
}
