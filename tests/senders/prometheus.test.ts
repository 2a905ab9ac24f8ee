import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { startProcess } from '../support/program-process.ts';
import type { ProgramProcess } from '../support/program-process.ts';
import {
  countOver,
  forReceiver,
  prometheusBlock,
  samplesBetween,
  startPrometheus,
  valueOf,
} from '../support/prometheus-process.ts';
import type { PrometheusProcess, QueryApi } from '../support/prometheus-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { openScrapeTarget } from './prometheus-target.ts';

const prometheus2 = process.env['HELIOS_TEST_PROMETHEUS'];
const prometheus3 = process.env['HELIOS_TEST_PROMETHEUS3'];

/** Longer on demand: `HELIOS_TEST_OUTAGE_S=60`. */
const outageS = Number(process.env['HELIOS_TEST_OUTAGE_S'] ?? 5);
const seriesCompared = 20;
/** Longer than Prometheus waits between two attempts. */
const failoverMs = 20_000;
/** By then another replica is taken, as the page says, and has been heard. */
const takenOverMs = (failoverMs * 7) / 6 + 5000;

const senders = [
  {
    name: 'Prometheus 2, remote write 1.0',
    variable: 'HELIOS_TEST_PROMETHEUS',
    binary: prometheus2,
    block: prometheusBlock('remote_write', 'protobuf_message'),
  },
  {
    name: 'Prometheus 3, remote write 1.0',
    variable: 'HELIOS_TEST_PROMETHEUS3',
    binary: prometheus3,
    block: prometheusBlock('remote_write', 'protobuf_message'),
  },
  {
    name: 'Prometheus 3, remote write 2.0',
    variable: 'HELIOS_TEST_PROMETHEUS3',
    binary: prometheus3,
    block: prometheusBlock('protobuf_message'),
  },
];

async function killed(program: ProgramProcess): Promise<void> {
  if (program.child.exitCode === null && program.child.signalCode === null) await program.end('SIGKILL');
}

/** What Prometheus says of its sending. */
async function sendingOf(api: QueryApi) {
  const of = (name: string): Promise<number> => valueOf(api, `prometheus_remote_storage_${name}`);
  return {
    sent: (await of('samples_total')) - (await of('samples_failed_total')),
    failed: await of('samples_failed_total'),
    dropped: await of('samples_dropped_total'),
    sentUpTo: 1000 * (await of('queue_highest_sent_timestamp_seconds')),
  };
}

/** Waits for something that comes by itself; fails with its last fault when it does not. */
async function eventually(what: string, isThere: () => Promise<boolean>, timeoutMs = 120_000): Promise<void> {
  await vi.waitFor(
    async () => {
      if (!(await isThere())) throw new Error(`it did not come about: ${what}`);
    },
    { timeout: timeoutMs, interval: 250 },
  );
}

/** Waits until Prometheus has scraped this many times more, whether or not anybody takes the samples. */
async function furtherScrapes(api: QueryApi, scrapes: number): Promise<void> {
  const from = Date.now();
  await eventually(
    `${scrapes} scrapes`,
    async () => {
      const [own] = await samplesBetween(api, 'up{job="prometheus"}', { from, to: Date.now() });
      return (own?.samples.length ?? 0) >= scrapes;
    },
    scrapes * 10_000 + 90_000,
  );
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Random series, spread over all that Prometheus has, as selectors. */
async function someSelectors(api: QueryApi, span: Span): Promise<readonly string[]> {
  const all = await samplesBetween(api, '{__name__=~".+"}', span);
  const selectors = all
    .filter(({ samples }) => samples.length > 0)
    .map(({ metric }) => selectorOf(metric))
    .sort();
  const step = selectors.length / seriesCompared;
  return Array.from(
    { length: seriesCompared },
    (_, place) => selectors[Math.floor((place + Math.random()) * step)] ?? '',
  );
}

/** Every sample of the series, and how many the server itself counts. */
async function contentOf(api: QueryApi, selectors: readonly string[], span: Span) {
  return Promise.all(
    selectors.map(async (selector) => ({
      selector,
      series: await samplesBetween(api, selector, span),
      count: await countOver(api, selector, span),
    })),
  );
}

function sizeOf(content: Awaited<ReturnType<typeof contentOf>>): number {
  return content.reduce((sum, { count }) => sum + count, 0);
}

function selectorOf(metric: Readonly<Record<string, string>>): string {
  return `{${Object.entries(metric)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',')}}`;
}

describe.each(senders)('$name', ({ variable, binary, block }) => {
  test.skipIf(binary === undefined)(
    `loses and doubles nothing while the program is killed and away, set up as the page says (needs ${variable})`,
    { timeout: 500_000 + outageS * 4000 },
    async () => {
      await using folder = await temporaryFolder();
      await using one = await openScrapeTarget('one');
      await using two = await openScrapeTarget('two');
      const port = await freePort();
      const start = (): Promise<ProgramProcess> =>
        startProcess(join(folder.path, 'helios'), { HELIOS_PORT: String(port) });
      let program = await start();
      await using _ = { [Symbol.asyncDispose]: () => killed(program) };
      const key = program.adminKey ?? '';
      const here: QueryApi = { url: program.url, key };
      const from = Date.now();
      await using prometheus = await startPrometheus({
        binary: binary ?? '',
        folder: join(folder.path, 'prometheus'),
        config: forReceiver(block, { url: program.url, key }),
        targets: [one.address, two.address],
      });
      await eventually('samples are sent', async () => (await sendingOf(prometheus)).sent > 1000);
      await program.end('SIGKILL');
      await furtherScrapes(prometheus, outageS);
      program = await start();
      await furtherScrapes(prometheus, 3);
      const to = Date.now();
      await eventually(
        'all is sent',
        async () => (await sendingOf(prometheus)).sentUpTo > to + 1000,
        90_000 + outageS * 1000,
      );
      const { failed, dropped } = await sendingOf(prometheus);
      expect({ failed, dropped }).toEqual({ failed: 0, dropped: 0 });

      const selectors = await someSelectors(prometheus, { from, to });
      const there = await contentOf(prometheus, selectors, { from, to });
      await eventually('everything sent is found', async () => {
        const found = await contentOf(here, selectors, { from, to });
        return sizeOf(found) >= sizeOf(there);
      });
      expect(sizeOf(there)).toBeGreaterThan(seriesCompared);
      expect(await contentOf(here, selectors, { from, to })).toEqual(there);
    },
  );
});

describe('two replicas of one Prometheus', () => {
  test.skipIf(prometheus2 === undefined)(
    'are stored once, also when the program is killed, and the second takes over when the first dies (needs HELIOS_TEST_PROMETHEUS)',
    { timeout: 600_000 },
    async () => {
      await using folder = await temporaryFolder();
      await using target = await openScrapeTarget('shared');
      const environment = {
        HELIOS_PORT: String(await freePort()),
        HELIOS_INGEST_HA_FAILOVER_S: String(failoverMs / 1000),
      };
      const start = (): Promise<ProgramProcess> => startProcess(join(folder.path, 'helios'), environment);
      let program = await start();
      await using _ = { [Symbol.asyncDispose]: () => killed(program) };
      const key = program.adminKey ?? '';
      const here: QueryApi = { url: program.url, key };
      const startReplica = (name: string): Promise<PrometheusProcess> =>
        startPrometheus({
          binary: prometheus2 ?? '',
          folder: join(folder.path, name),
          config: [
            prometheusBlock('__replica__').replace('__replica__: a', `__replica__: ${name}`),
            forReceiver(prometheusBlock('remote_write', 'protobuf_message'), { url: program.url, key }),
          ].join('\n'),
          targets: [target.address],
        });
      await using a = await startReplica('a');
      await eventually('the first has sent', async () => (await sendingOf(a)).sent > 500);
      await using b = await startReplica('b');
      await eventually('the second has sent', async () => (await sendingOf(b)).sent > 1500);
      const from = Date.now() - 8000;
      await program.end('SIGKILL');
      await furtherScrapes(a, 3);
      program = await start();
      await furtherScrapes(a, 2);
      const to = Date.now();
      await eventually('both have sent', async () => {
        return (await sendingOf(a)).sentUpTo > to + 1000 && (await sendingOf(b)).sentUpTo > to + 1000;
      });
      for (const replica of [a, b]) {
        const { failed, dropped } = await sendingOf(replica);
        expect({ failed, dropped }).toEqual({ failed: 0, dropped: 0 });
      }
      const part = 'work_total{part="7"}';
      const [fromA] = await samplesBetween(a, part, { from, to });
      await eventually('what was sent is found', async () => {
        const [stored] = await samplesBetween(here, part, { from, to });
        return (stored?.samples.length ?? 0) >= (fromA?.samples.length ?? 0);
      });
      const found = await samplesBetween(here, part, { from, to });
      expect(found).toEqual([{ metric: { ...fromA?.metric, cluster: 'eu-1' }, samples: fromA?.samples }]);

      await a.end('SIGKILL');
      const takenOver = Date.now() + takenOverMs;
      const until = takenOver + 5000;
      await eventually('the second has sent', async () => (await sendingOf(b)).sentUpTo > until + 1000);
      const [fromB] = await samplesBetween(b, part, { from: takenOver, to: until });
      expect(fromB?.samples.length).toBeGreaterThan(2);
      await eventually('the second is stored', async () => {
        const [later] = await samplesBetween(here, part, { from: takenOver, to: until });
        return (later?.samples.length ?? 0) >= (fromB?.samples.length ?? 0);
      });
      const [later] = await samplesBetween(here, part, { from: takenOver, to: until });
      expect(later?.samples).toEqual(fromB?.samples);
    },
  );
});
