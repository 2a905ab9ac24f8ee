import { aggregate } from './aggregate.ts';
import { callFunction } from './call-function.ts';
import { typeOf } from './check-types.ts';
import { eachValue, stepSeconds } from './element-functions.ts';
import { collected, type Evaluation, type QueryScope } from './evaluation.ts';
import { selected } from './instant-selection.ts';
import { metricNamesOf } from './metric-names.ts';
import { rangeSamples, subquerySamples } from './range-selection.ts';
import { setOperation } from './set-operation.ts';
import { hasValues, mergedByLabels, type StepGrid, type StepSeries, type StepStream } from './step-series.ts';
import { isSetOperator, type BinaryNode, type Expression } from './syntax-tree.ts';
import { matched } from './vector-matching.ts';
import { dropsName, numberOperation, withScalar } from './vector-operation.ts';

/** Evaluates the parts of a question, each at the steps that it is asked for. */
export function createEvaluation(scope: QueryScope, grid: StepGrid): Evaluation {
  const evaluation: Evaluation = {
    scope,
    grid,
    at: (other) => createEvaluation(scope, other),
    inAnyOrder: () => createEvaluation({ ...scope, reader: scope.reader.inStoredOrder() }, grid),
    samples: (node) => (node.kind === 'range' ? rangeSamples(node, evaluation) : subquerySamples(node, evaluation)),

    vector(node) {
      switch (node.kind) {
        case 'selector':
          return selected(node, evaluation, 'value');
        case 'aggregate':
          return aggregate(node, evaluation);
        case 'call':
          return callFunction(node, evaluation);
        case 'negation':
          return withoutEqual(
            node.inner,
            mapped(evaluation.vector(node.inner), evaluation, (series) => eachValue(series, (value) => -value)),
          );
        case 'binary':
          return binary(node);
        case 'number':
        case 'text':
        case 'range':
        case 'subquery':
          throw new RangeError(`a ${node.kind} gives no series`);
      }
    },

    async scalar(node) {
      switch (node.kind) {
        case 'number':
          return new Float64Array(grid.count).fill(node.value);
        case 'negation':
          return (await evaluation.scalar(node.inner)).map((value) => -value);
        case 'binary': {
          const operation = numberOperation(node.operator);
          const left = await evaluation.scalar(node.left);
          const right = await evaluation.scalar(node.right);
          return left.map((value, step) => operation(value, right[step] ?? 0));
        }
        case 'call': {
          if (node.name === 'time') return stepSeconds(grid);
          if (node.name === 'pi') return new Float64Array(grid.count).fill(Math.PI);
          const [vector] = node.parameters;
          return vector === undefined ? new Float64Array(grid.count) : onlyValues(evaluation.vector(vector));
        }
        case 'selector':
        case 'aggregate':
        case 'text':
        case 'range':
        case 'subquery':
          throw new RangeError(`a ${node.kind} is no number`);
      }
    },
  };

  function binary(node: BinaryNode): StepStream {
    if (typeOf(node.left) === 'scalar') return besideScalar(node, node.right, node.left);
    if (typeOf(node.right) === 'scalar') return besideScalar(node, node.left, node.right);
    return isSetOperator(node.operator) ? setOperation(node, evaluation) : matched(node, evaluation);
  }

  async function* besideScalar(node: BinaryNode, vector: Expression, scalarNode: Expression): StepStream {
    const side = { scalar: await evaluation.scalar(scalarNode), isScalarLeft: scalarNode === node.left };
    const results = mapped(evaluation.vector(vector), evaluation, (series) => withScalar(series, node, side));
    yield* dropsName(node) ? withoutEqual(vector, results) : results;
  }

  /** Series that have lost their names, those that are alike as one. */
  async function* withoutEqual(inner: Expression, results: StepStream): StepStream {
    if (metricNamesOf(inner) !== 'several') yield* results;
    else yield* mergedByLabels(await collected(results, evaluation));
  }

  /** `scalar()`: the value of the only series of a step; NaN where there is none, or several. */
  async function onlyValues(stream: StepStream): Promise<Float64Array> {
    const values = new Float64Array(grid.count).fill(Number.NaN);
    const seen = new Uint8Array(grid.count);
    for await (const series of stream) {
      for (let step = 0; step < grid.count; step += 1) {
        if (series.present[step] === 0) continue;
        values[step] = seen[step] === 0 ? (series.values[step] ?? 0) : Number.NaN;
        seen[step] = 1;
      }
    }
    return values;
  }

  return evaluation;
}

async function* mapped(stream: StepStream, { scope }: Evaluation, of: (series: StepSeries) => StepSeries): StepStream {
  for await (const series of stream) {
    const result = of(series);
    const turn = scope.budget.breathe();
    if (turn !== undefined) await turn;
    if (hasValues(result)) yield result;
  }
}
