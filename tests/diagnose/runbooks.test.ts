import { createMemoryDocumentStore } from '@heliosiq/adapters/memory/document-store.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import type { Diagnosis } from '@heliosiq/model';
import { beforeEach, describe, expect, test } from 'vitest';
import { defaultEvidenceBudget } from '../../packages/diagnose/src/evidence-gathering.ts';
import { createInvestigator } from '../../packages/diagnose/src/investigator.ts';
import { findRunbooks, type RunbookSearch } from '../../packages/diagnose/src/runbook-passages.ts';
import { FAULT_FROM_MS } from '../../packages/diagnose/src/testing/casefile-fixture.ts';
import { incidentAt, slowIndexStores, tenantId } from '../../packages/diagnose/src/testing/stores-fixture.ts';
import { postmortemDraft } from '../../packages/incident/src/postmortem.ts';
import { createKnowledge, type Knowledge } from '../../packages/knowledge/src/knowledge.ts';

const documents = createMemoryDocumentStore();
let library: Knowledge;
let stores: Awaited<ReturnType<typeof slowIndexStores>>;
const incident = incidentAt('shop');

beforeEach(async () => {
  library = createKnowledge({ documents, state: createMemoryStateStore(), now: () => FAULT_FROM_MS });
  await library.seed(tenantId);
  stores = await slowIndexStores();
  await stores.incidents.save(tenantId, incident, []);
});

async function investigated(runbooks: RunbookSearch | undefined): Promise<Diagnosis> {
  const investigator = createInvestigator({
    ...stores,
    // No test of how fast a busy machine is.
    budget: { ...defaultEvidenceBudget, timeMs: 120_000, sourceTimeMs: 60_000 },
    dataStored: () => Promise.resolve(true),
    now: () => FAULT_FROM_MS + 1_800_000,
    publish: () => Promise.resolve(),
    ...(runbooks === undefined ? {} : { runbooks }),
  });
  const { diagnosis } = await investigator.investigate(tenantId, incident.id, { signal: new AbortController().signal });
  return diagnosis;
}

describe('the first hypothesis', () => {
  test('carries what the runbook says, cited by document, heading, span, hash and an address', async () => {
    const { hypotheses } = await investigated(library);
    const [first, ...others] = hypotheses;
    expect(first?.runbooks?.length).toBeGreaterThan(0);
    for (const { quote, url, document } of first?.runbooks ?? []) {
      expect(document?.source).toContain('latency');
      const stored = document === undefined ? undefined : await documents.get(tenantId, document.id);
      expect(stored?.sha256).toBe(document?.sha256);
      expect(stored?.text.slice(document?.span.start, document?.span.end)).toBe(quote);
      expect(url).toBe(
        `/api/v1/documents/${document?.id}/text?start=${document?.span.start}&end=${document?.span.end}`,
      );
      expect(document?.headings.length).toBeGreaterThan(0);
    }
    expect(await library.checkCitations(tenantId, first?.runbooks ?? [])).toEqual(
      (first?.runbooks ?? []).map(() => ({ state: 'valid', changed: false })),
    );
    for (const other of others) expect(other.runbooks).toBeUndefined();
  });

  test.each(['latency', 'memory', 'disk', 'network', 'errors', 'cpu'] as const)(
    'of a fault of %s quotes no number of an item without its words',
    async (fault) => {
      const cited = await findRunbooks(library, tenantId, { fault });
      expect(cited.length).toBeGreaterThan(0);
      for (const { quote } of cited) expect(quote).not.toMatch(/^\s*\d+\.$/m);
    },
  );

  test('stands in the postmortem with the same citation', async () => {
    const diagnosis = await investigated(library);
    const draft = postmortemDraft({
      ...{ incident, diagnosis, timeline: [], alerts: [], anomalies: [] },
      size: { timeline: 0, alerts: 0 },
    });
    const [runbook] = diagnosis.hypotheses[0]?.runbooks ?? [];
    expect(draft).toContain(`](${runbook?.url})`);
    expect(draft).toContain(runbook?.document?.sha256.slice(0, 12));
  });

  test('has none where the library is empty, away or too slow, says so, and the ranking is the same', async () => {
    const empty = createKnowledge({
      documents: createMemoryDocumentStore(),
      state: createMemoryStateStore(),
      now: () => FAULT_FROM_MS,
    });
    const ranked = (await investigated(undefined)).hypotheses.map(({ asset, confidence }) => [asset, confidence]);
    const broken: RunbookSearch = { search: () => Promise.reject(new Error('the index is away')) };
    for (const [runbooks, said] of [
      [empty, 'No runbook fits trouble of the kind latency'],
      [broken, 'The runbooks could not be searched in time.'],
    ] as const) {
      stores = await slowIndexStores();
      await stores.incidents.save(tenantId, incident, []);
      const diagnosis = await investigated(runbooks);
      expect(diagnosis.hypotheses[0]?.runbooks).toBeUndefined();
      expect(diagnosis.missing.at(-1)).toContain(said);
      expect(diagnosis.hypotheses.map(({ asset, confidence }) => [asset, confidence])).toEqual(ranked);
    }
  });
});

describe('the runbook that is found', () => {
  const sourceFor = async (wish: Parameters<typeof findRunbooks>[2]): Promise<string | undefined> =>
    (await findRunbooks(library, tenantId, wish))[0]?.document?.source;

  test.each([
    [{ fault: 'memory' }, /memory-leak/],
    [{ fault: 'cpu' }, /cpu-saturation/],
    [{ fault: 'disk' }, /disk/],
    [{ fault: 'network' }, /network-packet-loss/],
    [{ fault: 'errors' }, /elevated-error-rate/],
    [{ fault: 'deploy' }, /bad-deploy/],
    [{ fault: 'traffic' }, /traffic-surge/],
    [{ fault: 'sensor' }, /sensor-stuck/],
    [{ fault: 'errors', logPattern: 'certificate has expired <*> tls handshake failed' }, /tls-certificate/],
    [{ fault: 'unknown', metric: 'rabbitmq_memory_alarm' }, /rabbitmq/],
  ] as const)('for %j is the one about it', async (wish, source) => {
    expect(await sourceFor(wish)).toMatch(source);
  });

  test('is the same each time, and none where nothing is known of the trouble or no document is about it', async () => {
    const wish = { fault: 'memory', assetClass: 'container' } as const;
    expect(await findRunbooks(library, tenantId, wish)).toEqual(await findRunbooks(library, tenantId, wish));
    expect(await findRunbooks(library, tenantId, { fault: 'unknown' })).toEqual([]);
    expect(await findRunbooks(library, tenantId, { fault: 'unknown', metric: 'zyzzyva_quux' })).toEqual([]);
  });

  test('is no document that tells of incidents', async () => {
    await library.add(tenantId, {
      source: 'incident/one.md',
      format: 'markdown',
      text: '# Memory leak out of memory\n\n## Fix\n\nMemory leak, out of memory.',
      tags: ['kind:incident'],
    });
    expect(await sourceFor({ fault: 'memory' })).toMatch(/memory-leak/);
  });
});

test('an asset of another class is not given a runbook that does not hold for it', async () => {
  const small = createKnowledge({
    documents: createMemoryDocumentStore(),
    state: createMemoryStateStore(),
    now: () => FAULT_FROM_MS,
  });
  await small.add(tenantId, {
    source: 'runbook/database-memory.md',
    format: 'markdown',
    text: '# Memory leak of a database\n\n## Fix\n\nMemory leak, out of memory at a database: restart it.',
    tags: ['class:database'],
  });
  const found = async (assetClass: string) =>
    (await findRunbooks(small, tenantId, { fault: 'memory', assetClass })).map(({ document }) => document?.source);
  expect(await found('database')).toEqual(['runbook/database-memory.md']);
  expect(await found('device')).toEqual([]);
});
