import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '@heliosiq/adapters/postgres/database.ts';
import { createPostgresSeriesStore } from '@heliosiq/adapters/postgres/series-store.ts';
import { openTestDatabase } from '@heliosiq/adapters/testing/test-postgres.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { differenceOf } from './answer-form.ts';
import { askedTwice, type KeptAnswers } from './asked-twice.ts';
import { comparedQueries } from './compared-queries.ts';
import { exampleSeries } from './example-series.ts';
import { askDoors, loadInto, type AskApi } from './loaded-store.ts';

// The cast holds for what `record-answers.ts` wrote.
const recorded = JSON.parse(readFileSync(join(import.meta.dirname, 'answers.json'), 'utf8')) as Readonly<
  Record<string, KeptAnswers>
>;
const opened = new AsyncDisposableStack();
let ask: AskApi;

beforeAll(async () => {
  const { url } = opened.use(await openTestDatabase());
  const database = opened.use(await openDatabase({ url, poolMax: 4 }));
  ask = askDoors(await loadInto(createPostgresSeriesStore(database), exampleSeries()), () => 0);
}, 120_000);
afterAll(() => opened.disposeAsync());

it.each(comparedQueries.filter((_, index) => index % 5 === 0 || index < 30))(
  'from PostgreSQL %s is answered as Prometheus 3 answers it',
  async (query) => {
    const expected = recorded[query];
    const actual = await askedTwice(ask, query);
    expect(expected && differenceOf(expected.instant, actual.instant)).toBeUndefined();
    expect(expected && differenceOf(expected.range, actual.range)).toBeUndefined();
  },
);

it('the catalogue in PostgreSQL is listed for all of time and for a part of it', async () => {
  const listed = async (parameters: readonly (readonly [string, string])[]) =>
    (await ask('/api/v1/label/__name__/values', parameters)).body;
  const names = [...new Set(exampleSeries().map(({ labels }) => labels['__name__'] ?? ''))].toSorted((a, b) =>
    a < b ? -1 : 1,
  );
  expect(await listed([])).toEqual({ status: 'success', data: names });
  expect(
    await listed([
      ['start', '0'],
      ['end', '1'],
    ]),
  ).toEqual({ status: 'success', data: [] });
});
