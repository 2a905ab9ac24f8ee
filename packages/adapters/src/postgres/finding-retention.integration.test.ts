import { newIncidentId, TenantId, type AssetId, type Incident } from '@heliosiq/model';
import type { IncidentStep } from '@heliosiq/ports';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer } from '../testing/test-postgres.ts';
import { openDatabase, type Database } from './database.ts';
import { createPostgresIncidentRetention } from './finding-retention.ts';
import { createPostgresIncidentStore } from './incident-store.ts';

const acme = TenantId.parse('acme');
const asset = 'web-1' as AssetId; // a non-empty name

const opened = new AsyncDisposableStack();
let database: Database;
beforeAll(async () => {
  const server = opened.use(await startTestServer());
  const { url } = opened.use(await server.createDatabase());
  database = opened.use(await openDatabase({ url }));
});
afterAll(() => opened.disposeAsync());

/** An incident that is over, with a line, an alert and news. */
function stepAt(at: number): IncidentStep {
  const incident: Incident = {
    ...{ id: newIncidentId(), tenantId: acme, revision: 1, title: 'Slow', status: 'resolved', severity: 'high' },
    ...{ fingerprint: 'f', startedAt: at, openedAt: at, updatedAt: at, lastSeenAt: at, reopenedCount: 0 },
    ...{ assets: [asset], anomalyIds: [], alertFingerprints: ['a'], occurrences: 1 },
  };
  const seen = { firstAt: at, lastAt: at, firedAt: at, seenAt: at };
  return {
    incident,
    entries: [{ id: 'line', at, kind: 'comment-added', text: 'it happened' }],
    alerts: [
      {
        fingerprint: 'a',
        asset,
        title: 'Slow',
        severity: 'high',
        rule: 'Slow',
        firing: false,
        occurrences: 1,
        ...seen,
      },
    ],
    news: { kind: 'incident-resolved', incident },
  };
}

async function rowsOf(table: string): Promise<readonly string[]> {
  const { rows } = await database.asSystem((transaction) =>
    sql<{ id: string }>`select incident_id as id from ${sql.table(table)}`.execute(transaction),
  );
  return rows.map(({ id }) => id);
}

test('what belongs to an incident is forgotten with it, and what belongs to others is kept', async () => {
  const store = createPostgresIncidentStore(database);
  const [old, young] = [stepAt(1000), stepAt(5000)];
  await store.saveTogether(acme, [old, young]);
  const gone = await createPostgresIncidentRetention(database).forget(acme, { before: 2000 });
  expect(gone.items).toBe(1);
  for (const table of ['incident_timeline', 'incident_alert', 'incident_news']) {
    expect(await rowsOf(table)).toEqual([young.incident.id]);
  }
});

test('a line that comes while its incident is forgotten is refused', async () => {
  const store = createPostgresIncidentStore(database);
  const step = stepAt(7000);
  const { id } = step.incident;
  await store.saveTogether(acme, [step]);
  let told: Promise<unknown> | undefined;
  await database.asTenant(acme, async (transaction) => {
    await transaction.deleteFrom('incident').where('id', '=', id).execute();
    const appended = store.appendTimeline(acme, id, [
      { id: 'late', at: 7000, kind: 'comment-added', text: 'too late' },
    ]);
    told = appended.then(
      () => 'stored',
      (error: unknown) => error,
    );
    // It waits for the end of this transaction.
    await expect
      .poll(async () => {
        const { rows } = await database.asSystem((other) => sql`select from pg_locks where not granted`.execute(other));
        return rows.length;
      })
      .toBeGreaterThan(0);
  });
  expect(await told).toMatchObject({ code: 'not-found' });
  expect(await rowsOf('incident_timeline')).not.toContain(id);
});
