import type { QueryBudget } from './query-budget.ts';
import type { QueryNotes } from './query-notes.ts';
import type { SeriesReader } from './read-series.ts';
import type { StepGrid, StepSeries, StepStream } from './step-series.ts';
import type { Expression, RangeNode, SubqueryNode, TimeShift } from './syntax-tree.ts';
import type { SampleStream } from './sample-windows.ts';

/** What is the same for all parts of a question. */
export interface QueryScope {
  readonly reader: SeriesReader;
  readonly budget: QueryBudget;
  readonly notes: QueryNotes;
  /** How far a selector looks back for a series' last sample. */
  readonly lookbackMs: number;
  /** Steps of a subquery that names none. */
  readonly subqueryStepMs: number;
  /** The range that is asked about, for `@ start()` and `@ end()`. */
  readonly startMs: number;
  readonly endMs: number;
}

/** Evaluates the parts of an expression at the steps of a grid; parts that are evaluated within others ask it for these. */
export interface Evaluation {
  readonly scope: QueryScope;
  readonly grid: StepGrid;
  /** A scalar's value at each step. */
  scalar(expression: Expression): Promise<Float64Array>;
  /** The series of a vector, each once. */
  vector(expression: Expression): StepStream;
  /** The samples of a range or a subquery, for the windows of all steps. */
  samples(expression: RangeNode | SubqueryNode): SampleStream;
  /** The same question at other steps. */
  at(grid: StepGrid): Evaluation;
  /** The same question to whom the order of series means nothing: they come as they are read fastest. */
  inAnyOrder(): Evaluation;
}

/** The moments that are looked at from the steps of a grid; all the same, and `stepMs` 0, where `@` names one. */
export function shiftedGrid(grid: StepGrid, { offsetMs, fixedAt }: TimeShift, scope: QueryScope): StepGrid {
  if (fixedAt === undefined) return { ...grid, startMs: grid.startMs - offsetMs };
  const moment = fixedAt === 'start' ? scope.startMs : fixedAt === 'end' ? scope.endMs : fixedAt;
  return { startMs: moment - offsetMs, stepMs: 0, count: grid.count };
}

/** All series of a vector at once, counted as held. */
export async function collected(stream: StepStream, { scope }: Evaluation): Promise<StepSeries[]> {
  const series: StepSeries[] = [];
  for await (const one of stream) {
    scope.budget.holdCells(one.values.length);
    series.push(one);
    await scope.budget.breathe();
  }
  return series;
}
