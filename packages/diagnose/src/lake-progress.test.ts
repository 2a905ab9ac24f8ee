import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import type { EventLog } from '@heliosiq/ports';
import { expect, test } from 'vitest';
import { createLakeWait, lakeHasStored, lakeMark } from './lake-progress.ts';
import { tenantId } from './testing/stores-fixture.ts';

const never = new AbortController().signal;

function send(log: EventLog, id: string): Promise<void> {
  return log.append(tenantId, 'signals', [{ key: 'shop', id, value: new Uint8Array() }]);
}

/** A lake that has read everything and commits when told; it leaves at the end of the test. */
async function openLake(log: EventLog) {
  const stop = new AbortController();
  const consumer = log.consumer({ group: 'lake', topics: ['signals'] });
  const batches = consumer.batches(stop.signal)[Symbol.asyncIterator]();
  return {
    async take() {
      const next = await batches.next();
      if (next.done === true) throw new Error('the log ended');
      return next.value;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await consumer[Symbol.asyncDispose]();
    },
  };
}

test('waits for what was sent before, and not for what is sent meanwhile', async () => {
  const log = createMemoryEventLog();
  await send(log, '1');
  await using lake = await openLake(log);
  const batch = await lake.take();
  let isStored = false;
  const waiting = lakeHasStored(log, { timeoutMs: 10_000, signal: never }).then((answer) => {
    isStored = true;
    return answer;
  });
  await send(log, '2');
  expect(isStored).toBe(false);
  await batch.commit();
  expect(await waiting).toBe(true);
});

test('a lake that stands still is waited for as long as allowed', async () => {
  const log = createMemoryEventLog();
  await send(log, '1');
  await using lake = await openLake(log);
  await lake.take();
  expect(await lakeHasStored(log, { timeoutMs: 30, signal: never })).toBe(false);
});

test('after one wait in vain the next investigation does not wait as long again', async () => {
  const log = createMemoryEventLog();
  await send(log, '1');
  await using lake = await openLake(log);
  const batch = await lake.take();
  let looks = 0;
  const counted: EventLog = {
    ...log,
    lag: () => {
      looks += 1;
      return log.lag();
    },
  };
  const dataStored = createLakeWait(counted, { timeoutMs: 2000 });
  expect(await dataStored(never)).toBe(false);
  const looksInVain = looks;
  expect(looksInVain).toBeGreaterThan(1);
  expect(await dataStored(never)).toBe(false);
  expect(looks).toBe(looksInVain + 1);
  await batch.commit();
  expect(await dataStored(never)).toBe(true);
});

test('without a lake nothing is waited for', async () => {
  const log = createMemoryEventLog();
  await send(log, '1');
  expect(await lakeHasStored(log, { timeoutMs: 10_000, signal: never })).toBe(true);
});

test('stopping ends the wait at once', async () => {
  const log = createMemoryEventLog();
  await send(log, '1');
  await using lake = await openLake(log);
  await lake.take();
  const stop = new AbortController();
  const waiting = lakeHasStored(log, { timeoutMs: 60_000, signal: stop.signal });
  stop.abort();
  await expect(waiting).rejects.toThrow('aborted');
});

test('the mark moves with every commit of the lake and with nothing else', async () => {
  const log = createMemoryEventLog();
  await send(log, '1');
  await using lake = await openLake(log);
  const batch = await lake.take();
  const before = await lakeMark(log);
  await send(log, '2');
  expect(await lakeMark(log)).toBe(before);
  await batch.commit();
  expect(await lakeMark(log)).not.toBe(before);
});

test('what is stored is given the time after which the store shows it', async () => {
  const log = createMemoryEventLog();
  expect(await createLakeWait(log, { timeoutMs: 1000, visibleAfterMs: 1 })(never)).toBe(true);
  const stop = new AbortController();
  const waiting = createLakeWait(log, { timeoutMs: 1000, visibleAfterMs: 480_000 })(stop.signal);
  // Whatever is at once is past by then.
  await new Promise(setImmediate);
  stop.abort();
  await expect(waiting).rejects.toThrow('aborted');
});
