import type { Document, Passage, TenantId } from '@heliosiq/model';
import { documentIdOf, sha256Hex } from '@heliosiq/model/content-id.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DocumentStore } from '../src/document-store.ts';
import { freshTenant } from './fresh-tenant.ts';
import type { OpenStore } from './open-store.ts';

function documentOf(tenantId: TenantId, source: string, text = `# ${source}\n\nDo "this".\n`): Document {
  return {
    id: documentIdOf(tenantId, source),
    source,
    title: `Title of ${source}`,
    format: 'markdown',
    tags: ['runbook'],
    text,
    sha256: sha256Hex(text),
    addedAt: Date.UTC(2026, 0, 1),
  };
}

function passagesOf(document: Document, count: number): Passage[] {
  return Array.from({ length: count }, (_, ordinal) => ({
    id: `${document.id}:${ordinal}`,
    documentId: document.id,
    ordinal,
    headings: [document.title],
    span: { start: ordinal, end: ordinal + 1 },
    text: document.text.slice(ordinal, ordinal + 1),
  }));
}

/** The promises of `DocumentStore`. */
export function documentStoreConformance(name: string, open: OpenStore<DocumentStore>): void {
  describe(`${name} as a document store`, () => {
    let store: DocumentStore;
    beforeAll(async () => {
      store = await open();
    });

    it('returns a document and its passages in order', async () => {
      const tenantId = freshTenant();
      const document = documentOf(tenantId, 'a.md');
      const passages = passagesOf(document, 12);
      await store.put(tenantId, document, passages.toReversed());
      expect(await store.get(tenantId, document.id)).toEqual(document);
      expect(await store.passages(tenantId, document.id)).toEqual(passages);
    });

    it('replaces a document with all its passages', async () => {
      const tenantId = freshTenant();
      const old = documentOf(tenantId, 'a.md');
      await store.put(tenantId, old, passagesOf(old, 12));
      const renewed = { ...documentOf(tenantId, 'a.md', 'new text\n'), title: 'New', tags: [] };
      await store.put(tenantId, renewed, passagesOf(renewed, 2));
      expect(await store.get(tenantId, old.id)).toEqual(renewed);
      expect(await store.passages(tenantId, old.id)).toEqual(passagesOf(renewed, 2));
      expect(await store.list(tenantId, { limit: 10 })).toHaveLength(1);
    });

    it('lists summaries by title, at most as many as asked for', async () => {
      const tenantId = freshTenant();
      for (const source of ['c.md', 'B.md', 'a.md']) {
        const document = documentOf(tenantId, source);
        await store.put(tenantId, document, passagesOf(document, 3));
      }
      const listed = await store.list(tenantId, { limit: 2 });
      const { text: _, ...summary } = documentOf(tenantId, 'B.md');
      expect(listed[0]).toEqual({ ...summary, passages: 3 });
      expect(listed.map((document) => document.source)).toEqual(['B.md', 'a.md']);
    });

    it('removes a document with its passages, once', async () => {
      const tenantId = freshTenant();
      const document = documentOf(tenantId, 'a.md');
      await store.put(tenantId, document, passagesOf(document, 3));
      expect(await store.remove(tenantId, document.id)).toBe(true);
      expect(await store.remove(tenantId, document.id)).toBe(false);
      expect(await store.get(tenantId, document.id)).toBeUndefined();
      expect(await store.passages(tenantId, document.id)).toEqual([]);
      expect(await store.list(tenantId, { limit: 10 })).toEqual([]);
    });

    it('leaves one whole version after concurrent writes', async () => {
      const tenantId = freshTenant();
      const versions = Array.from({ length: 6 }, (_, version) =>
        documentOf(tenantId, 'a.md', `version ${version}`.padEnd(40, '.')),
      );
      await Promise.all(
        versions.map((version, index) => store.put(tenantId, version, passagesOf(version, index + 10))),
      );
      const kept = await store.get(tenantId, documentOf(tenantId, 'a.md').id);
      const winner = versions.findIndex((version) => version.text === kept?.text);
      const passages = await store.passages(tenantId, documentOf(tenantId, 'a.md').id);
      expect(winner).toBeGreaterThanOrEqual(0);
      expect(passages).toEqual(passagesOf(versions[winner] ?? documentOf(tenantId, 'a.md'), winner + 10));
    });

    it('shows a tenant nothing of another', async () => {
      const tenantId = freshTenant();
      const document = documentOf(tenantId, 'a.md');
      await store.put(tenantId, document, passagesOf(document, 3));
      const stranger = freshTenant();
      expect(await store.get(stranger, document.id)).toBeUndefined();
      expect(await store.passages(stranger, document.id)).toEqual([]);
      expect(await store.list(stranger, { limit: 10 })).toEqual([]);
      expect(await store.remove(stranger, document.id)).toBe(false);
      expect(await store.get(tenantId, document.id)).toEqual(document);
    });

    it('refuses a limit outside 1 to 10,000', async () => {
      for (const limit of [0, 10_001]) {
        await expect(store.list(freshTenant(), { limit })).rejects.toMatchObject({ code: 'invalid-request' });
      }
    });
  });
}
