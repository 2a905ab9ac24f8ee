import { afterAll, beforeAll, describe } from 'vitest';
import { eventLogConformance } from '@heliosiq/ports/conformance/event-log.ts';
import type { OpenedEventLog } from '@heliosiq/ports/conformance/event-log-membership.ts';
import { startTestServer, useTestServer, type TestServer } from '../testing/test-postgres.ts';
import { openDatabase } from './database.ts';
import { createPostgresEventLog } from './event-log.ts';

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
});

const postgres15Url = process.env['HELIOS_TEST_POSTGRES15_URL'];
describe.skipIf(postgres15Url === undefined)('on PostgreSQL 15 (needs HELIOS_TEST_POSTGRES15_URL)', () => {
  eventLogConformance('PostgreSQL 15', () => openLog(useTestServer(postgres15Url ?? '')));
});
