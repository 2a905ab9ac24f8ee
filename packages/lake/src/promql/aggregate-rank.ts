import type { GroupLabels } from './group-labels.ts';
import { collected, type Evaluation } from './evaluation.ts';
import { keyOf } from './label-set.ts';
import { cannotEvaluate } from './query-fault.ts';
import type { StepSeries, StepStream } from './step-series.ts';
import type { AggregateNode } from './syntax-tree.ts';

/** `topk` and `bottomk`: of each group the series with the k largest or smallest values of a step keep it. */
export async function* rankedSeries(node: AggregateNode, evaluation: Evaluation, labelsOf: GroupLabels): StepStream {
  const { count } = evaluation.grid;
  const wanted = await wantedPerStep(node, evaluation);
  const series = await collected(evaluation.vector(node.inner), evaluation);
  if (!wanted.some((k) => k >= 1)) return;
  // NaN comes last either way.
  const isBefore =
    node.operator === 'topk'
      ? (a: number, b: number) => a > b || (Number.isNaN(b) && !Number.isNaN(a))
      : (a: number, b: number) => a < b || (Number.isNaN(b) && !Number.isNaN(a));
  for (const group of Map.groupBy(series, ({ labels }) => keyOf(labelsOf(labels))).values()) {
    let order: readonly number[] = [];
    const kept = group.map(() => new Uint8Array(count));
    for (let step = 0; step < count; step += 1) {
      order = firstOf(group, { step, wanted: wanted[step] ?? 0, isBefore });
      for (const index of order) {
        const steps = kept[index];
        if (steps !== undefined) steps[step] = 1;
      }
      const turn = evaluation.scope.budget.breathe();
      if (turn !== undefined) await turn;
    }
    // At one moment the order of rank can be shown.
    const shown = count === 1 ? order : group.keys();
    for (const index of shown) {
      const [one, present] = [group[index], kept[index]];
      if (one !== undefined && present?.includes(1) === true) yield { ...one, present };
    }
  }
}

async function wantedPerStep({ parameter }: AggregateNode, evaluation: Evaluation): Promise<Float64Array> {
  const wanted = parameter === undefined ? new Float64Array() : await evaluation.scalar(parameter);
  const isCount = (k: number): boolean => Math.abs(k) < 2 ** 63;
  const wrong = wanted.find((k) => !isCount(k));
  if (wrong === undefined || wanted.every((k) => k < 1)) return wanted;
  const problem = Number.isNaN(wrong) ? 'Parameter value is NaN' : `Scalar value ${wrong} overflows int64`;
  throw cannotEvaluate(problem, 'Give a whole number of series, such as topk(5, ...).');
}

interface Ranking {
  readonly step: number;
  readonly wanted: number;
  readonly isBefore: (a: number, b: number) => boolean;
}

/** Indexes of the series that come first at a step, in order: a heap of the wanted size, its last one on top. */
function firstOf(group: readonly StepSeries[], { step, wanted, isBefore }: Ranking): readonly number[] {
  const size = Math.min(Math.trunc(wanted), group.length);
  if (size < 1) return [];
  const heap: number[] = [];
  const valueOf = (index: number): number => group[index]?.values[step] ?? Number.NaN;
  const comesLater = (a: number, b: number): boolean => isBefore(valueOf(b), valueOf(a));

  function up(from: number): void {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1;
      const [child = 0, above = 0] = [heap[at], heap[parent]];
      if (!comesLater(child, above)) return;
      heap[at] = above;
      heap[parent] = child;
      at = parent;
    }
  }

  function down(): void {
    for (let at = 0; ;) {
      let last = at * 2 + 1;
      if (last >= heap.length) return;
      if (last + 1 < heap.length && comesLater(heap[last + 1] ?? 0, heap[last] ?? 0)) last += 1;
      const [child = 0, above = 0] = [heap[last], heap[at]];
      if (!comesLater(child, above)) return;
      heap[at] = child;
      heap[last] = above;
      at = last;
    }
  }

  for (const [index, { present }] of group.entries()) {
    if (present[step] === 0) continue;
    if (heap.length < size) up(heap.push(index) - 1);
    else if (isBefore(valueOf(index), valueOf(heap[0] ?? 0))) {
      heap[0] = index;
      down();
    }
  }
  return heap.sort((a, b) => (comesLater(b, a) ? -1 : comesLater(a, b) ? 1 : a - b));
}
