import { TenantId } from '@heliosiq/model';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createLogTail } from '../event-log/log-tail.ts';
import type { Database } from './database.ts';
import { createAppender } from './event-log-append.ts';

const tenantId = TenantId.parse('acme');

/** A server that takes no time, and how many transactions it was given. */
function openServer() {
  const server = { transactions: 0 };
  const runInTurn = async ({ values }: { readonly values: readonly unknown[] }) => {
    server.transactions += 1;
    // All of them are of one key and tenant: one partition and one segment.
    const partition = Number(String(values[1]).slice(1, -1));
    return { rows: [{ topic: 'signals', partition, base_offset: 0, appended_at: 1 }] };
  };
  // The cast holds: an appender needs no more of it.
  const database = { runInTurn } as unknown as Database;
  return {
    server,
    appender: createAppender(database, () => Promise.resolve(), {
      sender: 'me',
      tail: createLogTail(),
      onAppended: () => undefined,
    }),
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

function appended(appender: ReturnType<typeof openServer>['appender'], id: string): Promise<void> {
  return appender.append(tenantId, 'signals', [{ key: 'k', id, value: Buffer.from(id) }]);
}

/** Time passes as the test says, until it ends. */
function stopTime(...toFake: readonly ('performance' | 'setTimeout' | 'clearTimeout')[]): void {
  vi.useFakeTimers({ toFake: [...toFake] });
  onTestFinished(() => void vi.useRealTimers());
}

test('appends that follow each other closely share transactions, however fast the server is', async () => {
  stopTime('performance', 'setTimeout', 'clearTimeout');
  const { appender, server } = openServer();
  const all: Promise<void>[] = [];
  for (let index = 0; index < 400; index += 1) {
    all.push(appended(appender, `${index} a`), appended(appender, `${index} b`));
    await vi.advanceTimersByTimeAsync(1);
  }
  await vi.advanceTimersByTimeAsync(5);
  await Promise.all(all);
  expect(server.transactions).toBeLessThanOrEqual(2 + all.length / 4);
});

test('two who append one after the other each wait for each other, and only once for the time', async () => {
  stopTime('performance', 'setTimeout', 'clearTimeout');
  const { appender, server } = openServer();
  const appendOneByOne = async (name: string): Promise<void> => {
    for (let index = 0; index < 50; index += 1) await appended(appender, `${name} ${index}`);
  };
  const all = Promise.all([appendOneByOne('a'), appendOneByOne('b')]);
  await vi.advanceTimersByTimeAsync(5);
  // No more time passes.
  await all;
  expect(server.transactions).toBe(50);
});

test('who appends alone, one after the other, waits for nothing but the transaction', async () => {
  const { appender, server } = openServer();
  for (let index = 1; index <= 20; index += 1) {
    let isDone = false;
    const appending = appended(appender, String(index)).then(() => (isDone = true));
    await nextTurn();
    expect(isDone).toBe(true);
    await appending;
    expect(server.transactions).toBe(index);
  }
});

test('what is withdrawn while it waits for its transaction makes none', async () => {
  // No time passes, so that the next transaction is surely too soon.
  stopTime('performance');
  const { appender, server } = openServer();
  await Promise.all([appended(appender, 'a'), appended(appender, 'b')]);
  const withdrawal = new AbortController();
  const records = [{ key: 'k', id: 'c', value: Buffer.from('c') }];
  const appending = appender.append(tenantId, 'signals', records, { signal: withdrawal.signal });
  // From here on it waits for its turn.
  await Promise.resolve();
  await Promise.resolve();
  withdrawal.abort(new Error('withdrawn'));
  await expect(appending).rejects.toThrow('withdrawn');
  await appender.drain();
  expect(server.transactions).toBe(1);
});
