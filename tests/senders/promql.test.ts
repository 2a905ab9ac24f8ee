import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { differenceOf } from '../promql/answer-form.ts';
import { askedTwice } from '../promql/asked-twice.ts';
import { comparedQueries } from '../promql/compared-queries.ts';
import { exampleSeries } from '../promql/example-series.ts';
import { askPrometheus, loadedPrometheus } from '../promql/loaded-prometheus.ts';
import { askDoors, loadedStore, type AskApi } from '../promql/loaded-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const binary = process.env['HELIOS_TEST_PROMETHEUS3'];

describe.skipIf(binary === undefined)('beside a Prometheus 3 (needs HELIOS_TEST_PROMETHEUS3)', () => {
  const cleanup = new AsyncDisposableStack();
  let askThem: AskApi;
  let askUs: AskApi;

  beforeAll(async () => {
    if (binary === undefined) return;
    const series = exampleSeries();
    const folder = cleanup.use(await temporaryFolder());
    askThem = askPrometheus(cleanup.use(await loadedPrometheus(series, { binary, folder: folder.path })));
    askUs = askDoors(await loadedStore(series), () => 0);
  });
  afterAll(() => cleanup.disposeAsync());

  test.each(comparedQueries)('%s has the same answer', async (query) => {
    const theirs = await askedTwice(askThem, query);
    const ours = await askedTwice(askUs, query);
    expect(differenceOf(theirs.instant, ours.instant)).toBeUndefined();
    expect(differenceOf(theirs.range, ours.range)).toBeUndefined();
  });
});
