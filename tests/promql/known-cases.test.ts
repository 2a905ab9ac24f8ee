import { createMemorySeriesStore } from '@heliosiq/adapters/memory/series-store.ts';
import { HeliosError } from '@heliosiq/model';
import type { QueryAnswer, ResultLabels, SeriesStore } from '@heliosiq/ports';
import { describe, expect, it } from 'vitest';
import { createMetricQuery } from '../../packages/lake/src/promql/metric-query.ts';
import type { WrittenSeries } from '../support/remote-write-body.ts';
import { knownTopics, labelsOfText, momentMsOf, type KnownCase, type Load } from './known-cases.ts';
import { blockOf, tenantId } from './loaded-store.ts';
import { numberOf, pointsOf } from './point-notation.ts';

/** The tolerance that the cases were written for. */
const tolerance = 1e-6;

function writtenSeries({ every, series }: Load): readonly WrittenSeries[] {
  const everyMs = momentMsOf(every);
  return series.map(([text, notation]) => ({
    labels: labelsOfText(text),
    samples: pointsOf(notation).flatMap((point, index) =>
      point === undefined ? [] : [[index * everyMs, point] as const],
    ),
  }));
}

/** An answer as a list of series with their values by step; an error as its code. */
type Seen = readonly (readonly [labels: string, values: readonly (number | undefined)[]])[] | string;

function keyOf(labels: ResultLabels): string {
  return JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function seenOf({ data }: QueryAnswer, { fromMs, stepMs }: { readonly fromMs: number; readonly stepMs: number }): Seen {
  switch (data.resultType) {
    case 'scalar':
      return [[keyOf({}), [data.result]]];
    case 'string':
      return data.result;
    case 'vector':
      return data.result.map(({ metric, value }) => [keyOf(metric), [value]]);
    case 'matrix':
      return data.result.map(({ metric, times, values }) => {
        const bySteps: (number | undefined)[] = [];
        for (const [index, at] of times.entries()) bySteps[Math.round((at - fromMs) / stepMs)] = values[index];
        return [keyOf(metric), [...bySteps]];
      });
  }
}

async function answerOf(store: SeriesStore, { query, at, from, to, step }: KnownCase): Promise<Seen> {
  const metrics = createMetricQuery({ series: store });
  try {
    if (from === undefined || to === undefined || step === undefined) {
      const answer = await metrics.instant(tenantId, { query, time: momentMsOf(at ?? '0') });
      return seenOf(answer, { fromMs: 0, stepMs: 1 });
    }
    const [fromMs, stepMs] = [momentMsOf(from), momentMsOf(step)];
    return seenOf(await metrics.range(tenantId, { query, from: fromMs, to: momentMsOf(to), stepMs }), {
      fromMs,
      stepMs,
    });
  } catch (error) {
    if (!(error instanceof HeliosError)) throw error;
    return error.code;
  }
}

function expectedOf({ series = [], number, string, fails = false }: KnownCase): Seen | undefined {
  if (fails) return undefined;
  if (string !== undefined) return string.slice(1, -1);
  if (number !== undefined) return [[keyOf({}), [numberOf(number)]]];
  return series
    .map(
      ([text, notation]) =>
        [
          keyOf(labelsOfText(text)),
          pointsOf(notation).map((point) => (point === 'stale' ? undefined : point)),
        ] as const,
    )
    .filter(([, values]) => values.some((value) => value !== undefined));
}

function isNear(a: number | undefined, b: number | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
}

function isSame(expected: Seen | undefined, actual: Seen, isOrdered: boolean): boolean {
  if (expected === undefined) return actual === 'invalid-request' || actual === 'unprocessable';
  if (typeof expected === 'string' || typeof actual === 'string') return expected === actual;
  const order = (seen: Exclude<Seen, string>) => (isOrdered ? seen : seen.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const [wanted, got] = [order(expected), order(actual)];
  return (
    wanted.length === got.length &&
    wanted.every(([labels, values], index) => {
      const [otherLabels, others = []] = got[index] ?? [];
      const length = Math.max(values.length, others.length);
      return labels === otherLabels && Array.from({ length }).every((_, step) => isNear(values[step], others[step]));
    })
  );
}

describe.each(knownTopics())('$topic', ({ sections }) => {
  it.each(sections.map((entries, section) => ({ entries, section: section + 1 })))(
    'section $section is answered as is known of it',
    async ({ entries }) => {
      const store = createMemorySeriesStore();
      const wrong: unknown[] = [];
      for (const entry of entries) {
        if ('every' in entry) {
          await store.append(tenantId, writtenSeries(entry).map(blockOf));
          continue;
        }
        const [expected, actual] = [expectedOf(entry), await answerOf(store, entry)];
        if (!isSame(expected, actual, entry.isOrdered ?? false)) wrong.push({ entry, actual });
      }
      expect(wrong).toEqual([]);
    },
  );
});
