import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { PageTitle } from '../app/page-title.tsx';
import { useWidth } from '../map/use-width.ts';
import { ChartLegend } from './chart-legend.tsx';
import { ChartTools } from './chart-tools.tsx';
import { ExploreChart } from './explore-chart.tsx';
import { changedSearch, rangeOf } from './explore-search.ts';
import type { ExploreSearch } from './explore-search.ts';
import { LakeCard } from './lake-card.tsx';
import { LogSearch } from './log-search.tsx';
import { MetricStart } from './metric-start.tsx';
import { QueryList } from './query-list.tsx';
import { ResultTable } from './result-table.tsx';
import { isMoving, spanOf, stepSOf } from './time-range.ts';
import type { ExploreRange, Span } from './time-range.ts';
import { useAnswers } from './use-answers.ts';
import { useEvaluatedAt } from './use-evaluated-at.ts';

type Change = { readonly [Name in keyof ExploreSearch]?: ExploreSearch[Name] | undefined };

const noQueries: readonly string[] = [];
const noHidden: readonly string[] = [];

/** Questions to the lake in PromQL as a chart or table, with the logs of the same time beside them; the address is the state. */
export function ExplorePage() {
  const search = useSearch({ from: '/explore' });
  const client = useQueryClient();
  const navigate = useNavigate({ from: '/explore' });
  const { ref, width } = useWidth<HTMLDivElement>();
  const [zoomedFrom, setZoomedFrom] = useState<readonly ExploreRange[]>([]);

  const { q: queries = noQueries, hide = noHidden } = search;
  const range = rangeOf(search);
  const { at: evaluatedAt, renew } = useEvaluatedAt(isMoving(range) ? search.every : undefined);
  const span = useMemo(
    () => spanOf({ from: range.from, to: range.to }, evaluatedAt),
    [range.from, range.to, evaluatedAt],
  );
  const hidden = useMemo(() => new Set(hide), [hide]);
  const answers = useAnswers({ queries, span, stepS: stepSOf(span, width === 0 ? 800 : width), versus: search.versus });
  const { lines } = answers.chart;

  const change = (part: Change, { isStep = true } = {}): void =>
    void navigate({
      to: '.',
      search: (before) => changedSearch(before, part),
      replace: !isStep,
      resetScroll: false,
    });
  const run = (asked: readonly string[]): void => {
    renew();
    // A range that stands still asks for nothing new by itself.
    if (!isMoving(range)) void client.invalidateQueries({ queryKey: ['queryRange'] });
    change({ q: asked, hide: undefined });
  };
  const addMetric = (metric: string): void =>
    run([...queries, /^[a-zA-Z_:][\w:]*$/.test(metric) ? metric : `{${JSON.stringify(metric)}}`]);
  const chooseRange = (chosen: ExploreRange): void => {
    renew();
    setZoomedFrom([]);
    change(chosen);
  };
  const zoom = (chosen: Span): void => {
    setZoomedFrom([...zoomedFrom, range]);
    change(chosen);
  };
  const zoomBack = (): void => {
    const before = zoomedFrom.at(-1);
    if (before === undefined) return;
    setZoomedFrom(zoomedFrom.slice(0, -1));
    renew();
    change(before);
  };

  return (
    <div className="grid gap-4">
      <PageTitle>Explore</PageTitle>
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="grid min-w-0 gap-4">
          <section aria-label="Question" className="card grid min-w-0 gap-3">
            <QueryList queries={queries} faults={answers.faults} isLoading={answers.isLoading} onRun={run} />
            <ChartTools
              search={search}
              range={range}
              span={span}
              zoomedFrom={zoomedFrom.at(-1)}
              onRange={chooseRange}
              onZoomBack={zoomBack}
              onChange={change}
            />
          </section>
          <div ref={ref} className="min-w-0">
            {queries.length === 0 ? (
              <MetricStart onMetric={addMetric} />
            ) : (
              <section aria-label="Answer" aria-busy={answers.isLoading} className="card grid min-w-0 gap-3">
                <Remarks notes={answers.notes} leftOut={answers.chart.leftOut} />
                {lines.length === 0 ? (
                  <NoLines isWhole={answers.isWhole} isLoading={answers.isLoading} />
                ) : search.view === 'table' ? (
                  <ResultTable lines={lines} />
                ) : (
                  <>
                    <ExploreChart
                      chart={answers.chart}
                      hidden={hidden}
                      span={span}
                      markedAt={search.at}
                      onZoom={zoom}
                    />
                    <ChartLegend
                      lines={lines}
                      hidden={hidden}
                      onHidden={(keys) => change({ hide: keys }, { isStep: false })}
                    />
                  </>
                )}
              </section>
            )}
          </div>
        </div>
        <div className="grid min-w-0 gap-4">
          <LogSearch
            question={questionOf(search)}
            span={span}
            markedAt={search.at}
            onQuestion={(question) => change(question)}
            onMark={(at) => change({ at }, { isStep: false })}
          />
          <LakeCard onMetric={addMetric} />
        </div>
      </div>
    </div>
  );
}

function questionOf({ text, asset, kind, severity, pattern }: ExploreSearch) {
  return {
    ...(text !== undefined && { text }),
    ...(asset !== undefined && { asset }),
    ...(kind !== undefined && { kind }),
    ...(severity !== undefined && { severity }),
    ...(pattern !== undefined && { pattern }),
  };
}

function Remarks({ notes, leftOut }: { readonly notes: readonly string[]; readonly leftOut: number }) {
  if (notes.length === 0 && leftOut === 0) return null;
  return (
    <ul role="note" className="grid gap-1 rounded-lg bg-raised px-3 py-2 text-sm">
      {leftOut > 0 && (
        <li>{leftOut} more series are not shown. Sum them up, take topk(), or name labels so that fewer match.</li>
      )}
      {notes.map((note) => (
        <li key={note} className="wrap-anywhere">
          {note}
        </li>
      ))}
    </ul>
  );
}

function NoLines({ isWhole, isLoading }: { readonly isWhole: boolean; readonly isLoading: boolean }) {
  if (isLoading) return <div aria-busy="true" className="h-[340px] animate-pulse rounded-lg bg-raised" />;
  return (
    <p className="grid h-[120px] place-items-center rounded-lg bg-raised px-3 text-center text-sm text-soft">
      {isWhole ? 'No series match in this time. Choose a longer range, or other names.' : 'There is nothing to show.'}
    </p>
  );
}
