import type { LogTopicName } from '@heliosiq/model';
import { TenantId } from '@heliosiq/model';
import { beforeEach, afterEach, describe, expect, test, vi } from 'vitest';
import { createLogTail } from '../event-log/log-tail.ts';
import { createAppendsOfOthers } from './appends-of-others.ts';
import type { Database } from './database.ts';
import { createHeadReader } from './event-log-head.ts';

const tenantId = TenantId.parse('acme');
const bounds = { bytesMax: 1_000_000, recordsMax: 1000 };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A reader of two partitions that are empty in the database, and which partitions it asks for. */
function openReader() {
  const asked: unknown[] = [];
  const runAlone = async ({ values }: { readonly values: readonly unknown[] }) => {
    asked.push(values[1]);
    return { rows: [] };
  };
  const tail = createLogTail();
  const others = createAppendsOfOthers();
  // The cast holds: a reader needs no more of it.
  const read = createHeadReader({ runAlone } as unknown as Database, { tail, reader: tail.openReader(), others });
  let next = 0;
  const positions = [0, 1].map((partition) => ({ topic: 'signals' as const, partition, fromOffset: 0 }));
  return {
    asked,
    others,
    append() {
      const place = { topic: 'signals' as LogTopicName, partition: 0 };
      const record = { ...place, tenantId, key: 'k', id: 'i', value: new Uint8Array(1), offset: next, appendedAt: 1 };
      tail.add({ ...place, records: [record], nextOffset: (next += 1) });
    },
    async read() {
      const runs = await read(positions, bounds);
      for (const { partition, nextOffset } of runs) {
        positions[partition] = { topic: 'signals', partition, fromOffset: nextOffset };
      }
      return runs.flatMap(({ records }) => records.map(({ offset }) => offset));
    },
  };
}

describe('a reader at the head', () => {
  test('does not ask for what this process appended, nor for partitions to which nobody appends', async () => {
    const { asked, append, read } = openReader();
    expect(await read()).toEqual([]);
    for (let offset = 0; offset < 100; offset += 1) {
      append();
      expect(await read()).toEqual([offset]);
      expect(await read()).toEqual([]);
    }
    expect(asked).toEqual([[0, 1]]);
  });

  test('asks once after others appended to the topic, also while there is something of its own', async () => {
    const { asked, others, append, read } = openReader();
    await read();
    append();
    others.note(['signals', 'anomalies']);
    expect(await read()).toEqual([0]);
    expect(asked).toEqual([[0, 1], [1]]);
    others.note(['anomalies']);
    await read();
    await read();
    expect(asked).toEqual([[0, 1], [1], [0]]);
  });

  test('asks when notices may have been missed', async () => {
    const { asked, others, read } = openReader();
    await read();
    others.note(undefined);
    await read();
    expect(asked).toHaveLength(2);
  });

  test('asks again after a while without a notice', async () => {
    const { asked, append, read } = openReader();
    await read();
    vi.advanceTimersByTime(2001);
    append();
    expect(await read()).toEqual([0]);
    expect(asked).toEqual([[0, 1], [1]]);
  });
});
