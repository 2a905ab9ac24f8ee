import type { TenantId } from '@heliosiq/model';
import { HeliosError } from '@heliosiq/model';
import type {
  InstantQuestion,
  MetricQuery,
  QueryAnswer,
  QueryResult,
  RangeQuestion,
  ResultLabels,
  ResultSeries,
  SeriesStore,
} from '@heliosiq/ports';
import { createCatalogue } from './catalogue.ts';
import { typeOf } from './check-types.ts';
import { createEvaluation } from './evaluate.ts';
import type { Evaluation } from './evaluation.ts';
import { compareLabelSets, recordOf } from './label-set.ts';
import { parseQuery } from './parse-query.ts';
import { createQueryBudget, throwIfAborted, type QueryLimits } from './query-budget.ts';
import { createQueryNotes } from './query-notes.ts';
import { createReadMemories, createSeriesReader } from './read-series.ts';
import { endOf, hasValues, type StepGrid, type StepSeries, type StepStream } from './step-series.ts';
import type { Expression } from './syntax-tree.ts';

/** How far an instant selector looks back unless told otherwise, as in Prometheus. */
const lookbackDefaultMs = 300_000;
/** Steps of a subquery that names none: the default interval of Prometheus' rules. */
const subqueryStepMs = 60_000;
/** Steps of one question, as in Prometheus. */
const stepsMax = 11_000;
/** The furthest moment that a date can name (ECMA-262, section 21.4.1.1). */
const momentMax = 8.64e15;

export interface MetricQueryDeps {
  readonly series: SeriesStore;
  readonly limits?: QueryLimits;
}

/** Answers PromQL from raw samples, series by series, so that memory stays bounded. */
export function createMetricQuery({ series, limits = {} }: MetricQueryDeps): MetricQuery {
  const memories = createReadMemories();

  function begin(tenantId: TenantId, question: InstantQuestion | RangeQuestion, grid: StepGrid) {
    const { query, lookbackMs = lookbackDefaultMs, signal } = question;
    throwIfAborted(signal);
    const expression = parseQuery(query);
    const budget = createQueryBudget(limits, signal);
    const notes = createQueryNotes(query);
    const reader = createSeriesReader({ series, tenantId, budget, signal, memories });
    const scope = { reader, budget, notes, lookbackMs, subqueryStepMs, startMs: grid.startMs, endMs: endOf(grid) };
    return { expression, evaluation: createEvaluation(scope, grid) };
  }

  return {
    ...createCatalogue({ series, limits }),

    async instant(tenantId, question) {
      const startMs = checkedMoment(question.time, 'time');
      const { expression, evaluation } = begin(tenantId, question, { startMs, stepMs: 1, count: 1 });
      return answered(await instantResult(expression, evaluation), evaluation);
    },

    async range(tenantId, question) {
      const grid = gridOf(question);
      const { expression, evaluation } = begin(tenantId, question, grid);
      const type = typeOf(expression);
      if (type === 'matrix' || type === 'string') {
        const word = type === 'matrix' ? 'range vector' : 'string';
        throw new HeliosError(
          'invalid-request',
          `invalid expression type "${word}" for range query, must be Scalar or instant Vector`,
          { field: 'query', cure: 'Use a function over the range, such as rate(x[5m]).' },
        );
      }
      const data =
        type === 'scalar'
          ? scalarSeries(await evaluation.scalar(expression), grid)
          : await matrixOf(evaluation.vector(expression), evaluation);
      return answered({ resultType: 'matrix', result: data }, evaluation);
    },
  };
}

function answered(data: QueryResult, { scope }: Evaluation): QueryAnswer {
  return { data, warnings: scope.notes.warnings, infos: scope.notes.infos };
}

async function instantResult(expression: Expression, evaluation: Evaluation): Promise<QueryResult> {
  switch (typeOf(expression)) {
    case 'scalar':
      return { resultType: 'scalar', result: (await evaluation.scalar(expression))[0] ?? Number.NaN };
    case 'string':
      return { resultType: 'string', result: expression.kind === 'text' ? expression.value : '' };
    case 'vector': {
      const result: { metric: ResultLabels; value: number }[] = [];
      for await (const series of evaluation.vector(expression)) {
        if (hasValues(series)) result.push({ metric: recordOf(series.labels), value: series.values[0] ?? Number.NaN });
      }
      return { resultType: 'vector', result };
    }
    case 'matrix':
      return { resultType: 'matrix', result: await samplesOf(expression, evaluation) };
  }
}

/** The samples of a range or a subquery themselves. */
async function samplesOf(expression: Expression, evaluation: Evaluation): Promise<readonly ResultSeries[]> {
  if (expression.kind !== 'range' && expression.kind !== 'subquery') return [];
  const result: ResultSeries[] = [];
  for await (const { labels, times, values } of evaluation.samples(expression)) {
    evaluation.scope.budget.holdCells(times.length);
    // The memory of samples is used again.
    result.push({ metric: recordOf(labels), times: times.slice(), values: values.slice() });
  }
  return result;
}

async function matrixOf(stream: StepStream, { grid, scope }: Evaluation): Promise<readonly ResultSeries[]> {
  const found: StepSeries[] = [];
  for await (const one of stream) {
    if (!hasValues(one)) continue;
    scope.budget.holdCells(grid.count);
    found.push(one);
  }
  found.sort((a, b) => compareLabelSets(a.labels, b.labels));
  return found.map((one) => pointsOf(one, grid));
}

function pointsOf({ labels, values, present }: StepSeries, grid: StepGrid): ResultSeries {
  const times = new Float64Array(grid.count);
  let end = 0;
  for (let step = 0; step < grid.count; step += 1) {
    if (present[step] === 0) continue;
    times[end] = grid.startMs + step * grid.stepMs;
    values[end] = values[step] ?? 0;
    end += 1;
  }
  return { metric: recordOf(labels), times: times.subarray(0, end), values: values.subarray(0, end) };
}

function scalarSeries(values: Float64Array, grid: StepGrid): readonly ResultSeries[] {
  return [pointsOf({ labels: [], values, present: new Uint8Array(grid.count).fill(1) }, grid)];
}

function gridOf({ from, to, stepMs }: RangeQuestion): StepGrid {
  const startMs = checkedMoment(from, 'start');
  const endMs = checkedMoment(to, 'end');
  if (endMs < startMs) throw wrong('end', 'end timestamp must not be before start time');
  if (!(stepMs >= 1 && stepMs <= momentMax)) {
    throw wrong('step', 'zero or negative query resolution step widths are not accepted. Try a positive integer');
  }
  const count = Math.floor((endMs - startMs) / stepMs) + 1;
  if (count > stepsMax) {
    throw wrong(
      'step',
      `exceeded maximum resolution of ${stepsMax.toLocaleString('en')} points per timeseries. Try decreasing the query resolution (?step=XX)`,
    );
  }
  return { startMs, stepMs: Math.floor(stepMs), count };
}

function checkedMoment(momentMs: number, field: string): number {
  if (Math.abs(momentMs) <= momentMax) return Math.floor(momentMs);
  throw wrong(field, `${field} is not a moment`);
}

function wrong(field: string, message: string): HeliosError {
  return new HeliosError('invalid-request', message, { field, cure: `Correct the parameter ${field}.` });
}
