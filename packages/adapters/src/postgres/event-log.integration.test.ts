import { TenantId } from '@heliosiq/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventLogConformance } from '@heliosiq/ports/conformance/event-log.ts';
import type { OpenedEventLog } from '@heliosiq/ports/conformance/event-log-membership.ts';
import { startTestServer, useTestServer, type TestServer } from '../testing/test-postgres.ts';
import { openDatabase } from './database.ts';
import { createPostgresEventLog } from './event-log.ts';

const acme = TenantId.parse('acme');

/** A log in a fresh database of the server, and further clients with connections of their own. */
async function openLog(server: TestServer): Promise<OpenedEventLog> {
  const stack = new AsyncDisposableStack();
  const { url } = stack.use(await server.createDatabase());
  const another = async () => {
    const database = stack.use(await openDatabase({ url, poolMax: 3 }));
    return stack.use(createPostgresEventLog({ database, memberSilenceMaxMs: 6000 }));
  };
  return { log: await another(), another, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe('on the embedded server', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });
  eventLogConformance('PostgreSQL', () => openLog(server));

  it('stores signals while what stages append has to wait', async () => {
    await using place = await server.createDatabase();
    await using database = await openDatabase({ url: place.url });
    await using log = createPostgresEventLog({ database });
    const record = (id: string) => ({ key: 'web-1', id, value: Buffer.from('{}') });
    await log.append(acme, 'incidents', [record('first')]);
    const release = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    const holding = database.withClient('*', async (client) => {
      await client.query(`select 1 from event_log_partition where topic = 'incidents' for update`);
      locked.resolve();
      await release.promise;
    });
    await locked.promise;
    let isTold = false;
    const told = log.append(acme, 'incidents', [record('second')]).then(() => (isTold = true));
    await log.append(acme, 'signals', [record('third')]);
    expect(isTold).toBe(false);
    release.resolve();
    await Promise.all([holding, told]);
  });

  it('delivers what two logs append in turns, to readers of both, quickly', async () => {
    await using place = await server.createDatabase();
    await using oneDatabase = await openDatabase({ url: place.url });
    await using otherDatabase = await openDatabase({ url: place.url });
    await using one = createPostgresEventLog({ database: oneDatabase });
    await using other = createPostgresEventLog({ database: otherDatabase });
    const stop = new AbortController();
    const seen = [one, other].map((log, index) => {
      const ids = new Set<string>();
      const reading = (async () => {
        await using consumer = log.consumer({ group: `reader-${index}`, topics: ['signals'] });
        for await (const batch of consumer.batches(stop.signal)) {
          for (const { id } of batch.records) ids.add(id);
          await batch.commit();
        }
      })();
      return { ids, reading };
    });
    const append = async (log: typeof one, id: string, key: string): Promise<void> =>
      log.append(acme, 'signals', [{ key, id, value: Buffer.from('{}') }]);
    const slowest: number[] = [];
    // Both append to the same partition, and each to one that the other leaves alone most of the time.
    for (let round = 0; round < 20; round += 1) {
      const ids = [`one ${round}`, `other ${round}`, `own ${round}`, `rare ${round}`];
      const beganAt = performance.now();
      await append(one, `one ${round}`, 'shared');
      await append(other, `other ${round}`, 'shared');
      await append(one, `own ${round}`, 'web-1');
      await append(other, `rare ${round}`, 'web-2');
      await expect
        .poll(() => seen.every((reader) => ids.every((id) => reader.ids.has(id))), { interval: 5, timeout: 10_000 })
        .toBe(true);
      slowest.push(performance.now() - beganAt);
    }
    stop.abort();
    await Promise.all(seen.map(({ reading }) => reading));
    // A consumer that is not woken looks for itself after seconds.
    expect(slowest.toSorted((a, b) => a - b)[10]).toBeLessThan(1000);
  });
});

const postgres15Url = process.env['HELIOS_TEST_POSTGRES15_URL'];
describe.skipIf(postgres15Url === undefined)('on PostgreSQL 15 (needs HELIOS_TEST_POSTGRES15_URL)', () => {
  eventLogConformance('PostgreSQL 15', () => openLog(useTestServer(postgres15Url ?? '')));
});
