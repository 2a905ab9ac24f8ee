import { expect, test } from 'vitest';
import { TenantId } from '@heliosiq/model';
import { createCatchUpOrder } from './catch-up-order.ts';
import type { ReadPosition, RecordRun } from './group-consumer.ts';

const topic = 'signals';
const positions: readonly ReadPosition[] = [0, 1, 2].map((partition) => ({ topic, partition, fromOffset: 0 }));
const now = 1_000_000;

/** What was found of a partition, the last record of which was appended so long ago. */
function found(partition: number, agoMs: number): RecordRun {
  const value = new Uint8Array();
  const place = { tenantId: TenantId.parse('acme'), topic, partition, offset: 0 } as const;
  return {
    ...{ topic, partition, nextOffset: 1 },
    records: [{ ...place, key: 'key', id: 'id', value, appendedAt: now - agoMs }],
  };
}

function orderAfter(agoMs: readonly number[]): ReturnType<typeof createCatchUpOrder> {
  const order = createCatchUpOrder(() => now);
  expect(order.choose(positions)).toEqual(positions);
  order.note(
    positions,
    agoMs.map((ago, partition) => found(partition, ago)),
  );
  return order;
}

test('partitions near the head are read together', () => {
  expect(orderAfter([0, 5000, 9000]).choose(positions)).toEqual(positions);
});

test('who is behind stays with the partition furthest behind, until it is well ahead of the others', () => {
  const order = orderAfter([100_000, 120_000, 110_000]);
  const chosen: number[] = [];
  for (let ago = 115_000; chosen.length < 9; ago -= 5000) {
    const [next] = order.choose(positions);
    chosen.push(next?.partition ?? -1);
    if (next !== undefined) order.note([next], [found(next.partition, ago)]);
  }
  expect(chosen).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 2]);
});

test('partitions near the head are read beside the one that is chosen', () => {
  const order = orderAfter([100_000, 120_000, 1000]);
  expect(order.choose(positions)).toEqual(positions.slice(1));
});

test('a partition that has nothing more does not keep the others waiting', () => {
  const order = orderAfter([100_000, 120_000, 110_000]);
  const [first, second, third] = positions;
  expect(order.choose(positions)).toEqual([second]);
  order.note(positions.slice(1, 2), []);
  expect(order.choose(positions)).toEqual([second, third]);
  order.note(positions.slice(1), []);
  expect(order.choose(positions)).toEqual([first, second, third]);
});

test('one that is not asked for any more, e.g. because another member has it, is not waited for', () => {
  const order = orderAfter([100_000, 120_000, 110_000]);
  expect(order.choose(positions.slice(2))).toEqual([positions[2]]);
});
