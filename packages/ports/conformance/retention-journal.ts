import { beforeAll, describe, expect, it } from 'vitest';
import type { RetentionEntry, RetentionJournal } from '../src/retention-keeper.ts';
import { freshTenant } from './fresh-tenant.ts';
import type { OpenStore } from './open-store.ts';

function entryOf(id: string, at: number, more: Partial<RetentionEntry> = {}): RetentionEntry {
  return { id, at, actor: 'schedule', kind: 'log', before: 5, items: 3, bytes: 2 ** 40, durationMs: 12, ...more };
}

/** The promises of `RetentionJournal`. */
export function retentionJournalConformance(name: string, open: OpenStore<RetentionJournal>): void {
  describe(`${name} as a journal of retention`, () => {
    let journal: RetentionJournal;
    beforeAll(async () => {
      journal = await open();
    });

    it('lists what was added, the newest first, as many as asked for', async () => {
      const tenantId = freshTenant();
      const entries = [
        entryOf('a', 1),
        entryOf('c', 2, { fault: 'the disk is full' }),
        entryOf('b', 2, { kind: 'bronze' }),
      ];
      await journal.add(tenantId, entries);
      await journal.add(tenantId, []);
      await journal.add(tenantId, [entryOf('a', 1)]);
      expect(await journal.list(tenantId, { limit: 1000 })).toEqual([entries[1], entries[2], entries[0]]);
      expect(await journal.list(tenantId, { limit: 1 })).toEqual([entries[1]]);
      expect(await journal.list(freshTenant(), { limit: 10 })).toEqual([]);
    });

    it('forgets what is older than a moment, of one tenant', async () => {
      const [tenantId, other] = [freshTenant(), freshTenant()];
      for (const each of [tenantId, other]) await journal.add(each, [entryOf('a', 1), entryOf('b', 2)]);
      expect(await journal.expire(tenantId, 2)).toBe(1);
      expect(await journal.list(tenantId, { limit: 10 })).toMatchObject([{ id: 'b' }]);
      expect(await journal.list(other, { limit: 10 })).toHaveLength(2);
    });
  });
}
