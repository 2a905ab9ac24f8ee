import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createPostgresAnomalyStore } from '@heliosiq/adapters/postgres/anomaly-store.ts';
import { openDatabase } from '@heliosiq/adapters/postgres/database.ts';
import { createPostgresEventLog } from '@heliosiq/adapters/postgres/event-log.ts';
import { createPostgresSeriesRegistry } from '@heliosiq/adapters/postgres/series-registry.ts';
import { createPostgresStateStore } from '@heliosiq/adapters/postgres/state-store.ts';
import { createPostgresTenantStore } from '@heliosiq/adapters/postgres/tenant-store.ts';
import { startTestServer, type TestServer } from '@heliosiq/adapters/testing/test-postgres.ts';
import type { Anomaly } from '@heliosiq/model';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createDetect, detectGroup } from '../../packages/detect/src/detect.ts';
import { announcedById, recordedWith, tenantId } from './fault-recording.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

interface Outcome {
  readonly stored: readonly Anomaly[];
  readonly announced: ReadonlyMap<string, string>;
}

/** Runs the stage over the recording; `members` are started one after the other, each stops when the next is under way. */
async function outcomeOf(members: 1 | 2): Promise<Outcome> {
  await using stack = new AsyncDisposableStack();
  const { url } = stack.use(await server.createDatabase());
  const database = stack.use(await openDatabase({ url, poolMax: 6 }));
  await createPostgresTenantStore(database).addTenant({ id: tenantId, name: 'Acme', createdAt: 0 });
  const anomalies = createPostgresAnomalyStore(database);
  const { before, after } = await recordedWith(createPostgresSeriesRegistry(database));
  const newLog = () => stack.use(createPostgresEventLog({ database, memberSilenceMaxMs: 10_000 }));
  const log = newLog();
  const startMember = () => {
    const stop = new AbortController();
    const service = createDetect({
      log: newLog(),
      registry: createPostgresSeriesRegistry(database),
      states: createPostgresStateStore(database),
      anomalies,
      meter: createMemoryMeter(),
      logger: createMemoryLogger(),
      settings: { saveAfterMs: 20 },
    });
    const running = service.run(stop.signal);
    return {
      leave: () => {
        stop.abort();
        return running;
      },
    };
  };
  const settled = (): Promise<void> =>
    vi.waitFor(
      async () => {
        const lag = (await log.lag()).filter(({ group }) => group === detectGroup);
        expect(lag.length).toBeGreaterThan(0);
        expect(lag.reduce((sum, { lagRecords }) => sum + lagRecords, 0)).toBe(0);
      },
      { timeout: 90_000, interval: 20 },
    );

  const first = startMember();
  await log.append(tenantId, 'signals', before);
  if (members === 2) {
    // The second joins while the first is at work: partitions change hands with models and offsets.
    const second = startMember();
    await log.append(tenantId, 'signals', after.slice(0, 3));
    await first.leave();
    await log.append(tenantId, 'signals', after.slice(3));
    await settled();
    await second.leave();
  } else {
    await log.append(tenantId, 'signals', after);
    await settled();
    await first.leave();
  }
  const stored = await anomalies.find(tenantId, {}, { limit: 1000 });
  return { stored: stored.toSorted((a, b) => a.id.localeCompare(b.id)), announced: await announcedById(log) };
}

test('on PostgreSQL a change of members in the middle of a fault gives the same anomalies as one member', async () => {
  const alone = await outcomeOf(1);
  expect(alone.stored.length).toBeGreaterThanOrEqual(3);
  const handedOver = await outcomeOf(2);
  expect(handedOver.stored).toEqual(alone.stored);
  expect(Object.fromEntries(handedOver.announced)).toEqual(Object.fromEntries(alone.announced));
});
