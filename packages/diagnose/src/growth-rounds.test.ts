import { type IncidentId, newIncidentId } from '@heliosiq/model';
import { afterEach, expect, test, vi } from 'vitest';
import { createGrowthRounds, type Committable } from './growth-rounds.ts';
import { tenantId } from './testing/stores-fixture.ts';

const [first, second] = [newIncidentId(), newIncidentId()];
const waits = { timeout: 30_000, interval: 5 };
const grown = (...ids: readonly IncidentId[]) => new Map(ids.map((id) => [id, tenantId]));

afterEach(() => vi.useRealTimers());

/** Rounds that note their looks and commits; `look` is what a look does. */
function rounds(look: (id: IncidentId) => Promise<void>) {
  const looks: { readonly id: IncidentId; readonly atMs: number }[] = [];
  const committed: string[] = [];
  const growth = createGrowthRounds({
    async look(_tenantId, id) {
      looks.push({ id, atMs: Date.now() });
      await look(id);
    },
    commit: (batch) => batch.commit(),
  });
  const batch = (name: string, partition: number): Committable => ({
    partition,
    commit: async () => void committed.push(name),
  });
  const stop = new AbortController();
  const running = growth.run(stop.signal);
  return {
    ...{ growth, looks, committed, batch },
    async end() {
      stop.abort();
      await running;
    },
  };
}

/** A look that takes so long by the clock that rests are measured with. */
function lasting(ms: number): () => Promise<void> {
  vi.useFakeTimers({ toFake: ['performance'] });
  return async () => void vi.advanceTimersByTime(ms);
}

test('growth is looked at at once; what grows behind it is one look after a rest of sixteen times as long', async () => {
  const { growth, looks, committed, batch, end } = rounds(lasting(25));
  await growth.take(batch('a', 0), grown(first));
  await vi.waitFor(() => expect(committed).toEqual(['a']), waits);
  for (const name of ['b', 'c', 'd']) await growth.take(batch(name, 0), grown(first));
  await vi.waitFor(() => expect(committed).toEqual(['a', 'd']), waits);
  expect(looks).toHaveLength(2);
  expect((looks[1]?.atMs ?? 0) - (looks[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(16 * 25 - 2);
  await end();
});

test('a batch is committed when what grew in it was looked at, and none behind it in its partition before', async () => {
  const looked = Promise.withResolvers<void>();
  const { growth, looks, committed, batch, end } = rounds(() => looked.promise);
  await growth.take(batch('grown', 0), grown(first));
  await vi.waitFor(() => expect(looks).toHaveLength(1), waits);
  await growth.take(batch('behind', 0), grown());
  await growth.take(batch('elsewhere', 1), grown());
  expect(committed).toEqual(['elsewhere']);
  looked.resolve();
  await vi.waitFor(() => expect(committed).toEqual(['elsewhere', 'grown', 'behind']), waits);
  expect(looks).toHaveLength(1);
  await growth.take(batch('later', 0), grown());
  expect(committed).toContain('later');
  await end();
});

test('what an incident grows by while it is looked at makes another look', async () => {
  const looked = Promise.withResolvers<void>();
  const { growth, looks, committed, batch, end } = rounds(() => looked.promise);
  await growth.take(batch('a', 0), grown(first));
  await vi.waitFor(() => expect(looks).toHaveLength(1), waits);
  await growth.take(batch('b', 0), grown(first, second));
  looked.resolve();
  await vi.waitFor(() => expect(committed).toEqual(['a', 'b']), waits);
  expect(looks.map(({ id }) => id)).toEqual([first, first, second]);
  await end();
});

test('an incident that was looked at meanwhile for another reason needs no look of its own', async () => {
  const looked = Promise.withResolvers<void>();
  const { growth, looks, committed, batch, end } = rounds(() => looked.promise);
  await growth.take(batch('a', 0), grown(first));
  await vi.waitFor(() => expect(looks).toHaveLength(1), waits);
  await growth.take(batch('b', 0), grown(second));
  growth.looked(second);
  looked.resolve();
  await vi.waitFor(() => expect(committed).toEqual(['a', 'b']), waits);
  expect(looks.map(({ id }) => id)).toEqual([first]);
  await end();
});

test('what was not looked at when it ends is not committed', async () => {
  const { growth, looks, committed, batch, end } = rounds(lasting(60_000));
  await growth.take(batch('a', 0), grown(first));
  await vi.waitFor(() => expect(committed).toEqual(['a']), waits);
  await growth.take(batch('b', 0), grown(first));
  await end();
  expect(committed).toEqual(['a']);
  expect(looks).toHaveLength(1);
});
