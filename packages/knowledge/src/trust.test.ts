import { createMemoryDocumentStore } from '@heliosiq/adapters/memory/document-store.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { TenantId } from '@heliosiq/model';
import { describe, expect, it } from 'vitest';
import { facetsOf } from './document-facets.ts';
import { createKnowledge } from './knowledge.ts';

const acme = TenantId.parse('acme');

describe('trust in a document', () => {
  it.each([
    [['trust:high'], 1],
    [['trust:Medium'], 0.5],
    [['trust:low'], 0],
    [['trust:0.25'], 0.25],
    [['trust:7'], 1],
    [['trust:-1'], 1],
    [['trust:who knows'], 1],
    [['trust:'], 1],
    [[], 1],
  ] satisfies readonly (readonly [readonly string[], number])[])('is read of %j as %d', (tags, trust) => {
    expect(facetsOf(tags).trust).toBe(trust);
  });

  it('lowers what says the same as a trusted one, and is told with the score', async () => {
    const knowledge = createKnowledge({
      documents: createMemoryDocumentStore(),
      state: createMemoryStateStore(),
      now: () => Date.UTC(2026, 5, 1),
    });
    for (const [name, trust] of [
      ['Alpha', 'low'],
      ['Bravo', 'high'],
      ['Delta', 'medium'],
    ]) {
      const text = `---\ntitle: ${name}\ntrust: ${trust}\n---\n\nReset the valve by its red button.`;
      await knowledge.add(acme, { source: `${name}.md`, format: 'markdown', text });
    }
    const found = await knowledge.search(acme, 'reset the valve', { limit: 5 });
    expect(found.map(({ title, parts }) => [title, parts.distrust])).toEqual([
      ['Bravo', undefined],
      ['Delta', 0.5],
      ['Alpha', 1],
    ]);
  });
});
