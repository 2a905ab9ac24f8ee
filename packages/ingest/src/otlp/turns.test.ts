import { expect, it } from 'vitest';
import { createTurns } from './turns.ts';

it('lets as many in as may be, the others in their order', async () => {
  const turns = createTurns({ atOnceMax: 2, waitingMax: 10, waitMs: 60_000 });
  const order: number[] = [];
  const [first, second] = [await turns.take(), await turns.take()];
  const later = [3, 4].map(async (number) => {
    const giveBack = await turns.take();
    order.push(number);
    giveBack();
  });
  expect(order).toEqual([]);
  first();
  await Promise.all(later);
  expect(order).toEqual([3, 4]);
  second();
});

it('counts a turn that is given back twice once', async () => {
  const turns = createTurns({ atOnceMax: 1, waitingMax: 0, waitMs: 1 });
  const giveBack = await turns.take();
  giveBack();
  giveBack();
  await turns.take();
  await expect(turns.take()).rejects.toMatchObject({ code: 'rate-limited' });
});

it('sends away who waited too long, or would wait in too long a line', async () => {
  const turns = createTurns({ atOnceMax: 1, waitingMax: 1, waitMs: 20 });
  await turns.take();
  const waiting = turns.take();
  await expect(turns.take()).rejects.toMatchObject({ code: 'rate-limited', retryAfterS: 1 });
  await expect(waiting).rejects.toMatchObject({ code: 'rate-limited' });
});
