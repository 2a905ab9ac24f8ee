import { readFile } from 'node:fs/promises';
import { runningServerUrl } from '@heliosiq/adapters/embedded-postgres/running-server-url.ts';
import { openDatabase } from '@heliosiq/adapters/postgres/database.ts';
import { createPostgresEventLog } from '@heliosiq/adapters/postgres/event-log.ts';
import { createPostgresSeriesRegistry } from '@heliosiq/adapters/postgres/series-registry.ts';
import { createPostgresTenantStore } from '@heliosiq/adapters/postgres/tenant-store.ts';
import { type TenantId, topicShape } from '@heliosiq/model';
import { decodeSampleColumns, type SampleColumns } from '@heliosiq/model/sample-columns.ts';
import type { EventLog, SeriesRegistry } from '@heliosiq/ports';

/** Series that one host of the load tool exposes: series `500 h` to `500 h + 499` have the instance of host `h`. */
const seriesPerHost = 500;
const recordsPerRead = 10_000;
/** The label that marks the series of a load, with the run's name. */
const runLabel = 'rwload';

/** First line of the load tool's ledger. */
interface Plan {
  readonly series: number;
  readonly run: string;
}

/** How many samples there are of each host and time. */
type HostCounts = Map<string, number>;

/**
 * How many of the samples that a load tool's ledger says were acknowledged are not in the event log of the program that runs on a
 * folder, whatever its stages have made of them so far. Counted by host and time, each series once, so that samples which came
 * in without an acknowledgement do not hide others.
 */
export async function missingInLog(dataDir: string, ledgerFile: string): Promise<number> {
  const { plan, acknowledged } = readLedger(await readFile(ledgerFile, 'utf8'));
  await using database = await openDatabase({ url: await runningServerUrl(dataDir) });
  await using log = createPostgresEventLog({ database });
  const registry = createPostgresSeriesRegistry(database);
  const found: HostCounts = new Map();
  for (const { id } of await createPostgresTenantStore(database).tenants()) {
    await countInLog({ log, registry, tenantId: id, run: plan.run }, found);
  }
  let missing = 0;
  for (const [place, count] of acknowledged) missing += Math.max(0, count - (found.get(place) ?? 0));
  return missing;
}

/** The plan, and behind it a line `from to time` for each request, of one sample of each series from a number to before another. */
function readLedger(text: string): { readonly plan: Plan; readonly acknowledged: HostCounts } {
  const [head = '', ...lines] = text.split('\n');
  const acknowledged: HostCounts = new Map();
  for (const line of lines) {
    if (line === '') continue;
    const [from = 0, to = 0, time = 0] = line.split(' ').map(Number);
    for (let start = from; start < to;) {
      const host = Math.floor(start / seriesPerHost);
      const end = Math.min(to, (host + 1) * seriesPerHost);
      const place = `${addressOf(host)} ${time}`;
      acknowledged.set(place, (acknowledged.get(place) ?? 0) + end - start);
      start = end;
    }
  }
  return { plan: JSON.parse(head) as Plan, acknowledged }; // the tool's own words
}

/** As the tool names its hosts. */
function addressOf(host: number): string {
  return `10.${20 + Math.floor(host / 65_536)}.${Math.floor(host / 256) % 256}.${host % 256}`;
}

interface LogReading {
  readonly log: EventLog;
  readonly registry: SeriesRegistry;
  readonly tenantId: TenantId;
  readonly run: string;
}

/** Adds the samples of a run that the log holds, each series and time once. */
async function countInLog({ log, registry, tenantId, run }: LogReading, found: HostCounts): Promise<void> {
  const hosts = new Map<number, string | undefined>();
  for (let partition = 0; partition < topicShape('signals').partitions; partition += 1) {
    // All records of a series are in one partition.
    const seen = new Map<number, Set<number>>();
    for (let fromOffset = 0; ;) {
      const slice = await log.read(tenantId, 'signals', { partition, fromOffset, recordsMax: recordsPerRead });
      if (slice.records.length === 0) break;
      fromOffset = slice.nextOffset;
      const batches = slice.records.flatMap(({ value }) => {
        const decoded = decodeSampleColumns(value);
        return decoded.ok ? [decoded.value] : [];
      });
      await learnHosts(batches, { hosts, registry, tenantId, run });
      for (const { refs, times } of batches) {
        for (const [index, ref] of refs.entries()) {
          const host = hosts.get(ref);
          if (host === undefined) continue;
          const time = times[index] ?? 0;
          const ofTime = seen.get(time) ?? new Set();
          seen.set(time, ofTime);
          if (ofTime.has(ref)) continue;
          ofTime.add(ref);
          const place = `${host} ${time}`;
          found.set(place, (found.get(place) ?? 0) + 1);
        }
      }
    }
  }
}

/** Notes of which host the series are that are new here; undefined for those of something else. */
async function learnHosts(
  batches: readonly SampleColumns[],
  { hosts, registry, tenantId, run }: Omit<LogReading, 'log'> & { readonly hosts: Map<number, string | undefined> },
): Promise<void> {
  const news = new Set<number>();
  for (const { refs } of batches) for (const ref of refs) if (!hosts.has(ref)) news.add(ref);
  const described = await registry.describe(tenantId, news);
  for (const ref of news) {
    const labels = described.get(ref)?.labels;
    hosts.set(ref, labels?.[runLabel] === run ? labels['instance']?.split(':')[0] : undefined);
  }
}
