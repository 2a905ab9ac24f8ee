import { createMemoryBlobStore } from '@heliosiq/adapters/memory/blob-store.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createPostgresSeriesChanges } from '@heliosiq/adapters/postgres/series-changes.ts';
import { createPostgresAnomalyStore } from '@heliosiq/adapters/postgres/anomaly-store.ts';
import { openDatabase, type Database } from '@heliosiq/adapters/postgres/database.ts';
import { createPostgresForgetting } from '@heliosiq/adapters/postgres/forgetting.ts';
import { createPostgresLease } from '@heliosiq/adapters/postgres/lease.ts';
import { createPostgresRetentionJournal } from '@heliosiq/adapters/postgres/retention-journal.ts';
import { createPostgresRollupStore } from '@heliosiq/adapters/postgres/rollup-store.ts';
import { createPostgresSignalStore } from '@heliosiq/adapters/postgres/signal-store.ts';
import { openTestDatabase } from '@heliosiq/adapters/testing/test-postgres.ts';
import { Anomaly, DiscreteSignal, type SeriesId, type TenantId } from '@heliosiq/model';
import { sha256Hex } from '@heliosiq/model/content-id.ts';
import type { RetentionKind } from '@heliosiq/ports';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBronzeForgetting } from '../../packages/lake/src/bronze/forget-bronze.ts';
import { cutOffOf, type RetentionDays } from '../../packages/lake/src/retention/retention-rules.ts';
import { createRetention } from '../../packages/lake/src/retention/retention.ts';

const dayMs = 86_400_000;
const now = Date.UTC(2026, 5, 15, 13, 7);
const never = new AbortController().signal;
const signalKinds = ['event', 'log', 'change', 'alert'] as const;

/** Numbers from 0 to 1, the same at every run with a seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}

function signalOf(kind: (typeof signalKinds)[number], at: number, id: string): DiscreteSignal {
  const named = { asset: 'pump', at, id };
  switch (kind) {
    case 'log':
      return DiscreteSignal.parse({ kind, ...named, body: `line ${id} \u0000` });
    case 'change':
      return DiscreteSignal.parse({ kind, ...named, change: 'deploy', title: id });
    case 'alert':
      return DiscreteSignal.parse({ kind, ...named, fingerprint: id, status: 'firing', title: id });
    case 'event':
      return DiscreteSignal.parse({ kind, ...named, title: id });
  }
}

function anomalyOf(tenantId: TenantId, name: string, endedAt: number, status: 'open' | 'closed'): Anomaly {
  const series = { id: sha256Hex('s').slice(0, 32), asset: 'pump', metric: 'm', labels: {} };
  const [startedAt, peakAt, lastSeenAt] = [endedAt - 5000, endedAt - 3000, endedAt];
  return Anomaly.parse({
    ...{ id: sha256Hex(name).slice(0, 32), tenantId, revision: 1, status, series, detector: 'level' },
    ...{ startedAt, peakAt, lastSeenAt, score: 0.9, threshold: 0.5, value: 2, expected: 1, lower: 0, upper: 1.5 },
    ...(status === 'closed' ? { endedAt } : {}),
    ...{ deviation: 9, direction: 'up', explanation: 'It rose.' },
    baseline: { kind: 'day', from: 0, to: 1, samples: 10 },
  });
}

describe('retention on PostgreSQL', () => {
  const opened = new AsyncDisposableStack();
  let database: Database;
  beforeAll(async () => {
    const { url } = opened.use(await openTestDatabase());
    database = opened.use(await openDatabase({ url }));
  });
  afterAll(() => opened.disposeAsync());

  function openWorld(tenantId: TenantId, keep: RetentionDays) {
    const retention = createRetention({
      stores: { ...createPostgresForgetting(database), bronze: createBronzeForgetting(createMemoryBlobStore()) },
      settings: { keep: { log: 1 }, tenants: { [tenantId]: keep } },
      journal: createPostgresRetentionJournal(database),
      lease: createPostgresLease(database),
      changes: createPostgresSeriesChanges(database),
      meter: createMemoryMeter(),
      logger: createMemoryLogger(),
      now: () => now,
    });
    return { retention, signals: createPostgresSignalStore(database), rollups: createPostgresRollupStore(database) };
  }

  it.each([1, 2, 3, 4, 5])(
    'never forgets what is younger, and does exactly what the dry run said (seed %i)',
    async (seed) => {
      const random = randomOf(seed * 7919);
      const daysOf = (): number => Math.floor(random() * 120);
      const tenantId = `seed-${seed}` as TenantId; // a valid slug
      const other = `other-${seed}` as TenantId; // as well
      const keep = {
        ...{ event: daysOf(), log: daysOf(), change: daysOf(), alert: daysOf(), anomaly: daysOf() },
        ...{ 'rollup-minute': daysOf(), 'rollup-hour': daysOf(), 'rollup-day': 0 },
      } satisfies RetentionDays;
      const { retention, signals, rollups } = openWorld(tenantId, keep);
      const cutOf = (kind: keyof typeof keep): number => cutOffOf({ kind, days: keep[kind] }, now) ?? -Infinity;
      // Moments of all ages, those right at the border among them.
      const moments = (kind: keyof typeof keep): number[] => [
        ...Array.from({ length: 40 }, () => now - Math.floor(random() * 150 * dayMs)),
        ...[-1, 0, 1].map((off) => (Number.isFinite(cutOf(kind)) ? cutOf(kind) + off : now)),
      ];
      const given = signalKinds.flatMap((kind) =>
        moments(kind).map((at, index) => signalOf(kind, at, `${kind}-${index}`)),
      );
      await signals.append(tenantId, given);
      await signals.append(other, given);
      const anomalies = createPostgresAnomalyStore(database);
      for (const [index, at] of moments('anomaly').entries()) {
        await anomalies.put(tenantId, [
          anomalyOf(tenantId, `${seed} ${index}`, at, index % 3 === 0 ? 'open' : 'closed'),
        ]);
      }
      const seriesId = sha256Hex(tenantId).slice(0, 32) as SeriesId; // 32 hexadecimal digits
      for (const resolution of ['minute', 'hour', 'day'] as const) {
        const starts = new Set(moments(`rollup-${resolution}`).map((at) => Math.floor(at / dayMs) * dayMs));
        const stretch = { days: 1, samples: 1, bytes: Uint8Array.of(1, 2, 3), replaces: 0 };
        const pages = [...starts].map((startAt) => ({
          ...stretch,
          resolution,
          seriesId,
          startAt,
          endAt: startAt + dayMs,
        }));
        expect(await rollups.put(tenantId, pages)).toBe(true);
      }

      const always = { from: 0, to: now + dayMs };
      const signalsOf = async (tenant: TenantId): Promise<readonly DiscreteSignal[]> =>
        (
          await Promise.all(signalKinds.map((kind) => signals.find(tenant, { kinds: [kind] }, always, { limit: 1000 })))
        ).flat();
      const pagesOf = async (resolution: 'minute' | 'hour' | 'day') =>
        rollups.read(tenantId, { resolution, series: [seriesId], range: always });
      const before = { minute: await pagesOf('minute'), hour: await pagesOf('hour'), day: await pagesOf('day') };
      const anomaliesBefore = await anomalies.find(tenantId, {}, { limit: 1000 });

      const said = await retention.preview(tenantId, never);
      expect(await signalsOf(tenantId)).toHaveLength(given.length);
      const done = await retention.enforce(tenantId, 'schedule', never);
      const plain = (outcomes: typeof said) => outcomes.map((outcome) => ({ ...outcome, durationMs: 0 }));
      expect(plain(done)).toEqual(plain(said));

      const kept = (kind: RetentionKind, at: number): boolean => at >= cutOf(kind as keyof typeof keep);
      const idsOf = (list: readonly DiscreteSignal[]) => list.map(({ kind, id }) => `${kind} ${id}`).sort();
      expect(idsOf(await signalsOf(tenantId))).toEqual(idsOf(given.filter(({ kind, at }) => kept(kind, at))));
      for (const resolution of ['minute', 'hour', 'day'] as const) {
        const expected = before[resolution].filter(({ endAt }) => endAt > cutOf(`rollup-${resolution}`));
        expect(await pagesOf(resolution)).toEqual(expected);
      }
      const anomaliesLeft = (await anomalies.find(tenantId, {}, { limit: 1000 })).map(({ id }) => id).sort();
      const anomaliesKept = anomaliesBefore.filter(
        ({ status, lastSeenAt }) => status === 'open' || kept('anomaly', lastSeenAt),
      );
      expect(anomaliesLeft).toEqual(anomaliesKept.map(({ id }) => id).sort());
      expect(idsOf(await signalsOf(other))).toEqual(idsOf(given));

      // What went is written down, kind by kind; there is nothing left to do.
      const journal = await retention.journal(tenantId, { limit: 100 });
      const gone = done.filter(({ items }) => items > 0);
      expect(new Map(journal.map(({ kind, items }) => [kind, items]))).toEqual(
        new Map(gone.map(({ kind, items }) => [kind, items])),
      );
      expect(journal.every(({ actor, at }) => actor === 'schedule' && at === now)).toBe(true);
      for (const { items } of await retention.enforce(tenantId, 'key:1', never)) expect(items).toBe(0);
      expect(await retention.journal(tenantId, { limit: 100 })).toHaveLength(journal.length);
    },
  );

  it('gives the room of a month back when nobody has anything left in it', async () => {
    const tenants = ['room-a', 'room-b'] as TenantId[]; // valid slugs
    const long = 'x'.repeat(1000);
    const months = [Date.UTC(2019, 0, 2), Date.UTC(2019, 1, 2)];
    for (const tenantId of tenants) {
      const { signals } = openWorld(tenantId, {});
      for (const at of months) {
        const lines = Array.from({ length: 500 }, (_, index) =>
          signalOf('log', at + index, `${long}${index}`.slice(-190)),
        );
        await signals.append(tenantId, lines);
      }
    }
    const partitions = async (): Promise<readonly string[]> =>
      database.withClient('*', async (client) => {
        const { rows } = await client.query<{ name: string }>(
          `select relname as name from pg_class where relname like 'signal_2019%' and relkind = 'r' order by 1`,
        );
        return rows.map(({ name }) => name);
      });
    expect(await partitions()).toEqual(['signal_2019_01', 'signal_2019_02']);
    await openWorld(tenants[0] as TenantId, { log: 90 }).retention.enforce(tenants[0] as TenantId, 'schedule', never);
    expect(await partitions()).toEqual(['signal_2019_01', 'signal_2019_02']);
    await openWorld(tenants[1] as TenantId, { log: 90 }).retention.enforce(tenants[1] as TenantId, 'schedule', never);
    expect(await partitions()).toEqual([]);
    // A signal of such a month may still come, to the program that knew the month before as well.
    const { signals } = openWorld(tenants[0] as TenantId, {});
    await signals.append(tenants[0] as TenantId, [signalOf('log', months[0] ?? 0, 'late')]);
    const range = { from: 0, to: now };
    expect(await signals.find(tenants[0] as TenantId, {}, range, { limit: 10 })).toMatchObject([{ id: 'late' }]);
  });

  it('lets one of two runs of a tenant through', async () => {
    const tenantId = 'twice' as TenantId; // a valid slug
    const lease = createPostgresLease(database);
    expect(await lease.take(`retention ${tenantId}`, 'somebody', 60_000)).toBe(true);
    const { retention } = openWorld(tenantId, {});
    await expect(retention.enforce(tenantId, 'schedule', never)).rejects.toMatchObject({ code: 'conflict' });
    await lease.release(`retention ${tenantId}`, 'somebody');
    await retention.enforce(tenantId, 'schedule', never);
    await retention.enforce(tenantId, 'schedule', never);
  });
});
