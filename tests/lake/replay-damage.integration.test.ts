import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { openDatabase } from '@heliosiq/adapters/postgres/database.ts';
import { createPostgresSeriesStore } from '@heliosiq/adapters/postgres/series-store.ts';
import { openTestDatabase } from '@heliosiq/adapters/testing/test-postgres.ts';
import { describe, expect, it } from 'vitest';
import { openReplayWorld } from './replay-world.ts';

describe('a replay into PostgreSQL', () => {
  it('fills an empty store, and fills in what a damaged page lost', async () => {
    await using server = await openTestDatabase();
    await using database = await openDatabase({ url: server.url, poolMax: 4 });
    await using world = await openReplayWorld();
    const { tenantId } = world;
    await world.send([...world.recording.before, ...world.recording.after]);
    await world.settled();
    const logger = createMemoryLogger();
    const fronts = { series: createPostgresSeriesStore(database, { logger }) };
    const request = { stages: ['silver'] as const, checksBronze: false };

    const filled = await world.prove({ ...request, applies: true }, fronts);
    expect(filled.stages[0]).toMatchObject({ missing: 2400, applied: 2400 });
    expect(await world.prove(request, fronts)).toMatchObject({ isProven: true });
    const whole = await fronts.series.range(tenantId, {}, { from: 0, to: 2 ** 50 });
    expect(whole).toEqual(await world.series.range(tenantId, {}, { from: 0, to: 2 ** 50 }));

    const damaged = await database.withClient(tenantId, (client) =>
      client.query(
        'update sample_page set bytes = set_byte(bytes, length(bytes) / 2, 255 - get_byte(bytes, length(bytes) / 2))',
      ),
    );
    expect(damaged.rowCount).toBeGreaterThan(0);
    const found = await world.prove({ ...request, applies: true }, fronts);
    expect(found.isProven).toBe(false);
    expect(found.stages[0]?.missing).toBeGreaterThan(0);
    expect(found.stages[0]?.missing).toBe(found.stages[0]?.applied);
    expect(logger.lines.some(({ message }) => message.includes('damaged'))).toBe(true);
    expect(await world.prove(request, fronts)).toMatchObject({ isProven: true });
    expect(await fronts.series.range(tenantId, {}, { from: 0, to: 2 ** 50 })).toEqual(whole);
  });
});
