import { createMemoryLogPatternStore } from '@heliosiq/adapters/memory/log-pattern-store.ts';
import { createMemorySignalStore } from '@heliosiq/adapters/memory/signal-store.ts';
import { createClient } from '@heliosiq/api';
import type { AssetId, Log } from '@heliosiq/model';
import { expect, test, vi } from 'vitest';
import { followLogs } from '../../packages/heliosiq/src/commands/follow-logs.ts';
import { createLogSearch } from '../../packages/lake/src/logs/log-search.ts';
import { acme, openGateway } from './open-gateway.ts';

function logOf(id: string, at: number): Log {
  const asset = 'web' as AssetId; // a non-empty name
  return { kind: 'log', id, asset, at, body: `line ${id}`, severity: 'info', labels: {} };
}

test('who follows logs sees the last ones and then each new one once, also one that comes late', async () => {
  const signals = createMemorySignalStore();
  const doors = await openGateway({
    logs: { logs: createLogSearch({ signals, patterns: createMemoryLogPatternStore() }) },
  });
  const now = Date.now();
  await signals.append(acme, [logOf('old', now - 600_000), logOf('a', now - 3000), logOf('b', now - 2000)]);
  const client = createClient({ baseUrl: doors.url, token: await doors.keyOf('viewer') });
  const seen: string[] = [];
  const stop = new AbortController();
  const following = followLogs(client, {
    question: { asset: 'web' },
    lines: 2,
    show: ({ log }) => seen.push(log.id),
    signal: stop.signal,
  });
  await vi.waitFor(() => expect(seen).toEqual(['a', 'b']), { timeout: 30_000 });
  await signals.append(acme, [logOf('c', now), logOf('late', now - 1500)]);
  await vi.waitFor(() => expect(seen.toSorted()).toEqual(['a', 'b', 'c', 'late']), { timeout: 30_000 });
  stop.abort();
  await following;
  expect(seen.slice(0, 2)).toEqual(['a', 'b']);
  await doors.close();
});
