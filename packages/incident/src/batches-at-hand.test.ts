import { expect, test } from 'vitest';
import type { RecordBatch } from '@heliosiq/ports';
import { batchesAtHand } from './batches-at-hand.ts';

function batchOf(partition: number, records = 1): RecordBatch {
  return {
    topic: 'signals',
    partition,
    // What a record holds is nobody's concern here.
    records: Array.from({ length: records }) as unknown as RecordBatch['records'],
    commit: async () => undefined,
    reject: async () => undefined,
  };
}

function partitionsOf({ value }: IteratorResult<readonly RecordBatch[], void>): number[] | undefined {
  return value?.map(({ partition }) => partition);
}

test('batches that are at hand come together, and those that come later do not hold them up', async () => {
  const later = Promise.withResolvers<undefined>();
  async function* batches(): AsyncGenerator<RecordBatch> {
    yield* [batchOf(0), batchOf(1), batchOf(2)];
    await later.promise;
    yield* [batchOf(0), batchOf(1)];
  }
  const rounds = batchesAtHand(batches(), 100);
  expect(partitionsOf(await rounds.next())).toEqual([0, 1, 2]);
  later.resolve(undefined);
  expect(partitionsOf(await rounds.next())).toEqual([0, 1]);
  expect((await rounds.next()).done).toBe(true);
});

test('no batch is added once there are enough records', async () => {
  async function* batches(): AsyncGenerator<RecordBatch> {
    yield* [batchOf(0, 60), batchOf(1, 60), batchOf(2, 60)];
  }
  const rounds = await Array.fromAsync(batchesAtHand(batches(), 100));
  expect(rounds.map((round) => round.length)).toEqual([2, 1]);
});

test('what was gathered before a failure comes first, then the failure', async () => {
  const failed = Promise.withResolvers<undefined>();
  async function* batches(): AsyncGenerator<RecordBatch> {
    yield batchOf(0);
    await failed.promise;
  }
  const rounds = batchesAtHand(batches(), 100);
  expect(partitionsOf(await rounds.next())).toEqual([0]);
  failed.reject(new Error('the log is out'));
  await expect(rounds.next()).rejects.toThrow('the log is out');
});
