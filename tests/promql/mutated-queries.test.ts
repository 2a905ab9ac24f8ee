import { beforeAll, expect, it } from 'vitest';
import { comparedQueries } from './compared-queries.ts';
import { exampleSeries, startMs } from './example-series.ts';
import { askDoors, loadedStore, type AskApi } from './loaded-store.ts';

let ask: AskApi;

beforeAll(async () => {
  ask = askDoors(await loadedStore(exampleSeries()), () => 0);
});

/** Numbers that look random and are the same in every run: a linear congruential generator (Park and Miller 1988). */
function createDice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % sides;
  };
}

const pieces = [
  '(',
  ')',
  '[5m]',
  '[5m:1m]',
  '{',
  '}',
  ' offset 1m',
  ' @ 1767608400',
  ' and ',
  ' ^ ',
  '-',
  '"',
  ',',
  ' by (job)',
  ' on () group_left () ',
  ' bool ',
  '1e999',
  'NaN',
  '\0',
  '😀',
  '#',
];

/** A query with a piece cut out, put in, or the end of another query put on. */
function mutated(roll: (sides: number) => number): string {
  const pick = (): string => comparedQueries[roll(comparedQueries.length)] ?? '';
  let query = pick();
  for (let change = roll(3); change >= 0; change -= 1) {
    const at = roll(query.length + 1);
    const kind = roll(4);
    const other = pick();
    if (kind === 0) query = query.slice(0, at) + query.slice(at + roll(5));
    else if (kind === 1) query = query.slice(0, at) + (pieces[roll(pieces.length)] ?? '') + query.slice(at);
    else if (kind === 2) query = query.slice(0, at) + other.slice(roll(other.length));
    else query = `${query}${[' + ', ' or ', ' > ', ' * on (job) '][roll(4)]}${other}`;
  }
  return query;
}

it('whatever is asked, it is answered or refused, and never a fault of the house', async () => {
  const roll = createDice(20_260_105);
  const counts = new Map<number, number>();
  for (let number = 0; number < 1500; number += 1) {
    const query = mutated(roll);
    const range = [
      ['start', String(startMs / 1000)],
      ['end', String(startMs / 1000 + 600)],
      ['step', '200'],
    ] as const;
    const { status } = await ask('/api/v1/query_range', [['query', query], ...range]);
    expect([query, [200, 400, 422]]).toEqual([query, expect.arrayContaining([status])]);
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  // Enough of both to mean something.
  expect(counts.get(200)).toBeGreaterThan(300);
  expect(counts.get(400)).toBeGreaterThan(300);
}, 120_000);
