import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { differenceOf } from './answer-form.ts';
import { askedTwice, type KeptAnswers } from './asked-twice.ts';
import { comparedQueries } from './compared-queries.ts';
import { exampleSeries } from './example-series.ts';
import { askDoors, loadedStore, type AskApi } from './loaded-store.ts';

// The cast holds for what `record-answers.ts` wrote.
const recorded = JSON.parse(readFileSync(join(import.meta.dirname, 'answers.json'), 'utf8')) as Readonly<
  Record<string, KeptAnswers>
>;
let ask: AskApi;

beforeAll(async () => {
  ask = askDoors(await loadedStore(exampleSeries()), () => 0);
});

describe('over series with gaps, restarts, staleness markers and samples that came twice', () => {
  it('more than 300 questions are compared', () => {
    expect(Object.keys(recorded)).toEqual(comparedQueries);
    expect(comparedQueries.length).toBeGreaterThan(300);
  });

  it.each(comparedQueries)('%s is answered as Prometheus 3 answers it', async (query) => {
    const expected = recorded[query];
    const actual = await askedTwice(ask, query);
    expect(expected && differenceOf(expected.instant, actual.instant)).toBeUndefined();
    expect(expected && differenceOf(expected.range, actual.range)).toBeUndefined();
  });
});
