/**
 * What becomes of a storm: the whole program as a process of its own on embedded PostgreSQL, 50,000 alerts in a minute over
 * 500 assets with three causes, told by the map or by labels alone, sent in batches of 500 as they happen. Then 20,000
 * different alerts of one asset, whose incident is opened as its page opens it. Prints one JSON line; exit 1 when there are
 * not three incidents (give or take one), when a sender waited for more than two seconds, or when the page took longer than
 * one second. `node bench/storm.bench.ts [seconds] [map|labels]`
 */
import { setTimeout as wait } from 'node:timers/promises';
import { randomOf } from '@heliosiq/adapters/testing/random-numbers.ts';
import { residentMib } from '@heliosiq/heliosiq/demo/process-memory.ts';
import { waitUntilSettled } from '@heliosiq/heliosiq/demo/settle.ts';
import { stormOf } from '../packages/incident/src/testing/storm.ts';
import type { Alert } from '@heliosiq/model';
import { temporaryFolder } from '../tests/support/temporary-folder.ts';
import { startShipped } from './support/shipped-program.ts';

const alertsCount = 50_000;
const batchSize = 500;
const bigCount = 20_000;
const ackMsMax = 2_000;
const pageMsMax = 1_000;

async function main(seconds: number, isMapped: boolean): Promise<void> {
  await using folder = await temporaryFolder();
  await using stack = new AsyncDisposableStack();
  const program = await startShipped(folder.path);
  stack.defer(async () => void (await program.end('SIGTERM')));
  const key = program.adminKey ?? '';
  const client = program.client(key);
  const startAt = Date.now() - 60_000;
  let refusals = 0;
  const storm = stormOf({
    ...{ alertsCount, assetsCount: 500, causesCount: 3, rulesPerAsset: 4, startAt, isMapped },
    random: randomOf(7),
  });
  if (isMapped) {
    await client.call('putTopology', {
      body: { assets: storm.topology.assets, edges: storm.topology.edges },
    });
  }

  /** Sends until it is accepted, as senders do that are told to come again; how long that took. */
  async function send(alerts: readonly Alert[]): Promise<number> {
    const from = performance.now();
    const body = JSON.stringify(alerts);
    for (;;) {
      const response = await fetch(`${program.url}/api/v1/signals`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        body,
      });
      await response.text();
      if (response.status === 202) return performance.now() - from;
      if (response.status !== 429 && response.status !== 503) throw new Error(`answered ${response.status}`);
      refusals += 1;
      await wait(1000 * Number(response.headers.get('retry-after') ?? 1));
    }
  }

  const beganAt = performance.now();
  const waits: number[] = [];
  for (let from = 0; from < alertsCount; from += batchSize) {
    const dueMs = (from / alertsCount) * seconds * 1000;
    await wait(Math.max(0, dueMs - (performance.now() - beganAt)));
    waits.push(await send(storm.alerts.slice(from, from + batchSize)));
  }
  const sentS = (performance.now() - beganAt) / 1000;
  const limits = { signal: AbortSignal.timeout(600_000), timeoutMs: 600_000 };
  await waitUntilSettled(client, limits);
  const throughS = (performance.now() - beganAt) / 1000;
  const { incidents } = await client.call('listIncidents', { query: { limit: '1000' } });
  const counted = incidents.reduce((sum, { incident }) => sum + incident.occurrences, 0);

  const [template] = storm.alerts;
  if (template === undefined) throw new Error('there is no alert');
  for (let from = 0; from < bigCount; from += batchSize) {
    await send(
      Array.from({ length: batchSize }, (_, index): Alert => {
        const id = `big-${from + index}`;
        const asset = `big` as Alert['asset']; // a name that is not empty
        return {
          ...template,
          id,
          asset,
          fingerprint: id,
          at: Date.now(),
          title: `Shard ${from + index} fails`,
          labels: {},
        };
      }),
    );
  }
  await waitUntilSettled(client, limits);
  const big = (await client.call('listIncidents', { query: { asset: 'big', limit: '10' } })).incidents[0]?.incident;
  if (big === undefined) throw new Error('the big incident did not open');
  const pageMs: number[] = [];
  let pageBytes = 0;
  for (let time = 0; time < 5; time += 1) {
    const from = performance.now();
    const response = await fetch(`${program.url}/api/v1/incidents/${big.id}`, {
      headers: { authorization: `Bearer ${key}` },
    });
    pageBytes = (await response.arrayBuffer()).byteLength;
    pageMs.push(performance.now() - from);
  }
  const rssMib = residentMib([program.child.pid ?? 0]);
  const sorted = waits.toSorted((a, b) => a - b);
  const longestAckMs = sorted.at(-1) ?? 0;
  const slowestPageMs = Math.max(...pageMs);
  console.log(
    JSON.stringify({
      bench: 'storm',
      told_by: isMapped ? 'map' : 'labels',
      incidents: incidents.length,
      counted,
      sent_s: round(sentS),
      worked_off_s: round(throughS),
      ack_ms_p50: round(sorted[Math.floor(sorted.length / 2)] ?? 0),
      ack_ms_max: round(longestAckMs),
      refusals,
      page_of_20k_alerts_ms_max: round(slowestPageMs),
      page_bytes: pageBytes,
      big_occurrences: big.occurrences,
      rss_mib_total: rssMib,
    }),
  );
  const isRight = Math.abs(incidents.length - 3) <= 1 && counted === alertsCount && big.occurrences === bigCount;
  if (!isRight || longestAckMs > ackMsMax || slowestPageMs > pageMsMax) process.exitCode = 1;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

await main(Number(process.argv[2] ?? 60), process.argv[3] !== 'labels');
