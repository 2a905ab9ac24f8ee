import type { SeriesStore } from '@heliosiq/ports';
import { seriesStoreConformance } from '@heliosiq/ports/conformance/series-store.ts';
import { afterAll, describe } from 'vitest';
import { startPrometheus } from '../support/prometheus-process.ts';
import { openStoreOn } from '../support/series-store-on-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { startVictoriaMetrics } from '../support/victoria-metrics-process.ts';

const prometheus2 = process.env['HELIOS_TEST_PROMETHEUS'];
const prometheus3 = process.env['HELIOS_TEST_PROMETHEUS3'];
const victoriaMetrics = process.env['HELIOS_TEST_VICTORIA_METRICS'];

const lastWins = 'lets the last value win for a timestamp, in one block, in one append and later';
const randomAppends = 'agrees with a plain map through random appends of new, late and repeated samples';
const firstStays = 'the first value that was written for a time stays';
const largestStays = 'of the values that were written for a time the largest stays';

async function onPrometheus(binary: string, opened: AsyncDisposableStack): Promise<SeriesStore> {
  const { path: folder } = opened.use(await temporaryFolder());
  const server = await startPrometheus({
    ...{ binary, folder, targets: [] },
    config: 'storage: { tsdb: { out_of_order_time_window: 10y } }',
    flags: ['--web.enable-remote-write-receiver', '--storage.tsdb.retention.time=100y'],
  });
  opened.use(server);
  return opened.use(openStoreOn(server.url));
}

async function onVictoriaMetrics(binary: string, opened: AsyncDisposableStack): Promise<SeriesStore> {
  const { path: folder } = opened.use(await temporaryFolder());
  const flags = ['-retentionPeriod=100y', '-dedup.minScrapeInterval=1ms'];
  const server = opened.use(await startVictoriaMetrics({ binary, folder, flags }));
  return opened.use(openStoreOn(server.url, { afterAppend: server.flush }));
}

describe.skipIf(prometheus2 === undefined)('Prometheus 2 (needs HELIOS_TEST_PROMETHEUS)', () => {
  const opened = new AsyncDisposableStack();
  afterAll(() => opened.disposeAsync());
  seriesStoreConformance('Prometheus 2', () => onPrometheus(prometheus2 ?? '', opened), {
    [lastWins]: firstStays,
    [randomAppends]: firstStays,
  });
});

describe.skipIf(prometheus3 === undefined)('Prometheus 3 (needs HELIOS_TEST_PROMETHEUS3)', () => {
  const opened = new AsyncDisposableStack();
  afterAll(() => opened.disposeAsync());
  seriesStoreConformance('Prometheus 3', () => onPrometheus(prometheus3 ?? '', opened), {
    [lastWins]: firstStays,
    [randomAppends]: firstStays,
  });
});

describe.skipIf(victoriaMetrics === undefined)('VictoriaMetrics (needs HELIOS_TEST_VICTORIA_METRICS)', () => {
  const opened = new AsyncDisposableStack();
  afterAll(() => opened.disposeAsync());
  seriesStoreConformance('VictoriaMetrics', () => onVictoriaMetrics(victoriaMetrics ?? '', opened), {
    'returns what was appended, in order and bit for bit':
      'values side by side share a decimal exponent, which leaves the smaller ones fewer digits',
    'keeps values that are no finite numbers, among others, alone and late': 'NaN is not stored',
    [lastWins]: largestStays,
    [randomAppends]: largestStays,
  });
});
