import { expect, test } from 'vitest';
import { createFifoQueue } from './fifo-queue.ts';

test('what came in first goes out first, however it is filled and emptied', () => {
  const queue = createFifoQueue<number>();
  let pushed = 0;
  let taken = 0;
  for (let round = 0; round < 200; round += 1) {
    for (let count = 0; count < round % 7; count += 1) queue.push(pushed++);
    for (let count = 0; count < round % 5 && taken < pushed; count += 1) expect(queue.shift()).toBe(taken++);
    expect(queue.length).toBe(pushed - taken);
    expect(queue.at(0)).toBe(taken < pushed ? taken : undefined);
    expect(queue.at(queue.length - 1)).toBe(taken < pushed ? pushed - 1 : undefined);
  }
  while (taken < pushed) expect(queue.shift()).toBe(taken++);
});

test('an empty queue gives nothing and takes again', () => {
  const queue = createFifoQueue<string>();
  expect(queue.shift()).toBeUndefined();
  expect(queue.length).toBe(0);
  queue.push('one');
  expect([queue.length, queue.at(0), queue.at(1)]).toEqual([1, 'one', undefined]);
});
