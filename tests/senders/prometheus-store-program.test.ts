import { join } from 'node:path';
import type { DemoReport } from '@heliosiq/heliosiq/demo/demo.ts';
import { describe, expect, it, vi } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { runCommand, startProcess } from '../support/program-process.ts';
import { countOver, samplesBetween, startPrometheus } from '../support/prometheus-process.ts';
import type { QueryApi } from '../support/prometheus-process.ts';
import { remoteWriteBody } from '../support/remote-write-body.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { startVictoriaMetrics } from '../support/victoria-metrics-process.ts';

const prometheus = process.env['HELIOS_TEST_PROMETHEUS'];
const victoriaMetrics = process.env['HELIOS_TEST_VICTORIA_METRICS'];

const hourMs = 3_600_000;
const retention = ['-retentionPeriod=100y', '-dedup.minScrapeInterval=1ms'];

/** What the demo told with its samples in the store. */
async function demoOn(store: QueryApi): Promise<DemoReport> {
  const run = await runCommand(['demo', '--once', '--json'], { HELIOS_PORT: '0', HELIOS_SERIES_URL: store.url });
  if (run.code !== 0) throw new Error(`the demo ended with ${run.code}:\n${run.stderr}`);
  return JSON.parse(run.stdout) as DemoReport; // the shape that the command promises
}

/** Samples of one asset and metric that the store itself has. */
function storedIn(store: QueryApi): Promise<number> {
  const now = Date.now();
  return countOver(store, '{__name__="latency",heliosiq_asset="PetSite"}', { from: now - 5 * hourMs, to: now });
}

describe.skipIf(prometheus === undefined)(
  'a program with its samples in Prometheus (needs HELIOS_TEST_PROMETHEUS)',
  () => {
    it('finds the true cause of a fault', { timeout: 600_000 }, async () => {
      await using folder = await temporaryFolder();
      await using store = await startPrometheus({
        ...{ binary: prometheus ?? '', folder: folder.path, targets: [] },
        config: 'storage: { tsdb: { out_of_order_time_window: 30d } }',
        flags: ['--web.enable-remote-write-receiver'],
      });
      const report = await demoOn(store);
      expect(report.incidents[0]?.root_cause).toBe('PetSearch_AWS::ECS::Fargate');
      expect(report.citations_failed).toBe(0);
      expect(await storedIn(store)).toBeGreaterThan(50);
    });

    it('answers about series that Prometheus scraped itself as Prometheus does', { timeout: 400_000 }, async () => {
      await using folder = await temporaryFolder();
      await using theirs = await startPrometheus({
        ...{ binary: prometheus ?? '', folder: join(folder.path, 'prometheus'), targets: [] },
        config: 'global: { external_labels: { cluster: eu-1 } }',
      });
      const program = await startProcess(join(folder.path, 'helios'), {
        HELIOS_SERIES_URL: theirs.url,
        HELIOS_SERIES_WRITE_URL: 'off',
      });
      await using _ = { [Symbol.asyncDispose]: async () => void (await program.end('SIGTERM')) };
      const key = program.adminKey ?? '';
      const ours: QueryApi = { url: program.url, key };
      const selector = 'prometheus_tsdb_head_samples_appended_total';
      const span = async (): Promise<{ from: number; to: number }> => ({
        from: Date.now() - 60_000,
        // A scrape may take a second, and has the time of its beginning.
        to: Date.now() - 5000,
      });
      await vi.waitFor(
        async () => {
          const [one] = await samplesBetween(ours, selector, await span());
          if ((one?.samples.length ?? 0) < 5) throw new Error('too few samples as yet');
        },
        { timeout: 180_000, interval: 500 },
      );
      const both = await span();
      expect(await samplesBetween(ours, selector, both)).toEqual(await samplesBetween(theirs, selector, both));
      const client = program.client(key);
      const { series } = await client.call('listSeries', { query: { metric: selector } });
      expect(series.map(({ series: { metric, labels } }) => ({ metric, labels }))).toEqual(
        (await samplesBetween(theirs, selector, both)).map(({ metric: { __name__, ...labels } }) => ({
          metric: __name__,
          labels,
        })),
      );
      const id = series[0]?.series.id ?? '';
      const chart = await client.call('readSeries', { query: { id, from: String(both.from), to: String(both.to) } });
      expect(chart.series[0]?.count.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(4);
    });
  },
);

describe.skipIf(victoriaMetrics === undefined)(
  'a program with its samples in VictoriaMetrics (needs HELIOS_TEST_VICTORIA_METRICS)',
  () => {
    it('finds the true cause of a fault', { timeout: 600_000 }, async () => {
      await using folder = await temporaryFolder();
      await using store = await startVictoriaMetrics({
        ...{ binary: victoriaMetrics ?? '', folder: folder.path, flags: retention },
      });
      const report = await demoOn(store);
      expect(report.incidents[0]?.root_cause).toBe('PetSearch_AWS::ECS::Fargate');
      expect(report.citations_failed).toBe(0);
      expect(await storedIn(store)).toBeGreaterThan(50);
    });

    it('keeps what it has acknowledged until the store is there again', { timeout: 400_000 }, async () => {
      await using folder = await temporaryFolder();
      const options = {
        ...{ binary: victoriaMetrics ?? '', folder: join(folder.path, 'store'), port: await freePort() },
        flags: retention,
      };
      const first = await startVictoriaMetrics(options);
      await using _ = first;
      const program = await startProcess(join(folder.path, 'helios'), { HELIOS_SERIES_URL: first.url });
      await using __ = { [Symbol.asyncDispose]: async () => void (await program.end('SIGTERM')) };
      const from = Math.floor(Date.now() / 1000) * 1000 - 600_000;
      async function send(number: number): Promise<void> {
        const response = await fetch(`${program.url}/api/v1/write`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${program.adminKey ?? ''}`,
            'content-type': 'application/x-protobuf',
            'content-encoding': 'snappy',
          },
          body: new Uint8Array(
            remoteWriteBody([{ labels: { __name__: 'kept', job: 'test' }, samples: [[from + number * 1000, number]] }]),
          ),
        });
        expect(response.status).toBe(204);
      }
      async function expectStored(store: QueryApi, count: number): Promise<void> {
        await vi.waitFor(
          async () => {
            const [one] = await samplesBetween(store, 'kept{job="test"}', { from: from - 1, to: from + 600_000 });
            expect(one?.samples.map(([, value]) => Number(value))).toEqual(
              Array.from({ length: count }, (____, n) => n),
            );
          },
          { timeout: 180_000, interval: 250 },
        );
      }
      for (let number = 0; number < 20; number += 1) await send(number);
      await expectStored(first, 20);
      await first.end('SIGTERM');
      for (let number = 20; number < 40; number += 1) await send(number);
      await using second = await startVictoriaMetrics(options);
      for (let number = 40; number < 60; number += 1) await send(number);
      await expectStored(second, 60);
    });
  },
);
