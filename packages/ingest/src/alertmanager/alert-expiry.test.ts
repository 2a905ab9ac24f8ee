import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemorySeriesRegistry } from '@heliosiq/adapters/memory/series-registry.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { TenantId } from '@heliosiq/model';
import type { StateStore } from '@heliosiq/ports';
import { expect, test } from 'vitest';
import { createTelemetryIntake } from '../intake/telemetry-intake.ts';
import { unlimitedQuota } from '../intake/tenant-quota.ts';
import type { AlertBook } from './alert-book.ts';
import { createAlertBooks } from './alert-books.ts';
import type { Episode } from './alert-episode.ts';
import { createAlertExpiry } from './alert-expiry.ts';
import { createAlertRecall } from './alert-recall.ts';
import { alertDefaults } from './alert-settings.ts';

const tenantId = TenantId.parse('acme');

/** What a process needs to follow alerts. */
function openProcess(state: StateStore) {
  const log = createMemoryEventLog();
  const common = { meter: createMemoryMeter(), logger: createMemoryLogger(), now: () => 1000 };
  const settings = { ...alertDefaults, tickMs: 1, saveMs: 0 };
  const books = createAlertBooks({ ...common, state, settings, recall: createAlertRecall(log) });
  const telemetry = createTelemetryIntake({ log, registry: createMemorySeriesRegistry(), quota: unlimitedQuota });
  const tenants = { tenants: async () => [{ id: tenantId, name: 'Acme', createdAt: 0 }] };
  return { books, expiry: createAlertExpiry({ ...common, settings, books, telemetry, tenants }) };
}

function end(book: AlertBook, fingerprint: string): void {
  const times = { startsAt: 100, endedAt: 500, endedBefore: -Infinity, startedAt: 100, at: 500, heardAt: 500 };
  const episode: Episode = { isFiring: false, source: undefined, ...times };
  book.restorePast(fingerprint, episode);
}

test('what changes in a save during which the process is told to stop is saved before it stops', async () => {
  const store = createMemoryStateStore();
  const stop = new AbortController();
  const slow: StateStore = {
    get: store.get,
    async put(...given) {
      if (given[2].some(({ key }) => key.startsWith('shard-')) && !stop.signal.aborted) {
        end(book, 'later');
        stop.abort();
      }
      await store.put(...given);
    },
  };
  const { books, expiry } = openProcess(slow);
  const book = await books.of(tenantId);
  end(book, 'first');
  await expiry.run(stop.signal);
  const after = await openProcess(store).books.of(tenantId);
  expect(new Set(after.past.keys())).toEqual(new Set(['first', 'later']));
});
