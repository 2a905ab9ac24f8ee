import { createMemoryDocumentStore } from '@heliosiq/adapters/memory/document-store.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { TenantId } from '@heliosiq/model';
import { describe, expect, it } from 'vitest';
import { createKnowledge } from './knowledge.ts';

const acme = TenantId.parse('acme');

async function contradictionsOf(question: string, ...texts: readonly string[]) {
  const knowledge = createKnowledge({
    documents: createMemoryDocumentStore(),
    state: createMemoryStateStore(),
    now: () => Date.UTC(2026, 0, 1),
  });
  for (const [at, text] of texts.entries())
    await knowledge.add(acme, { source: `d${at}.md`, format: 'markdown', text });
  const found = await knowledge.search(acme, question, { limit: 10, sentencesMax: 4 });
  return found.flatMap(({ source, contradictions }) =>
    (contradictions ?? []).map(({ says, otherwise }) => [source, says, otherwise]),
  );
}

const question = 'How tight are the bolts of the pump cover?';

describe('contradictions', () => {
  it('are shown on both sides when two valid documents give other numbers', async () => {
    const [a, b] = ['Tighten the bolts of the pump cover to 40 Nm.', 'Tighten the bolts of the pump cover to 55 Nm.'];
    const found = await contradictionsOf(question, a, b);
    expect(found).toHaveLength(2);
    expect(found).toEqual(
      expect.arrayContaining([
        ['d0.md', a, b],
        ['d1.md', b, a],
      ]),
    );
  });

  it('are shown when one says never', async () => {
    const found = await contradictionsOf(
      question,
      'Tighten the bolts of the pump cover by hand.',
      'Never tighten the bolts of the pump cover by hand.',
    );
    expect(found).toHaveLength(2);
  });

  it.each([
    ['the same words', 'Tighten the bolts of the pump cover to 40 Nm.'],
    ['the same number written otherwise', 'Tighten the bolts of the pump cover to 40.0 Nm.'],
    ['another subject', 'The bolts of the gearbox flange of line four take 55 Nm after greasing.'],
    ['a document that holds no more', '---\nstatus: retired\n---\nTighten the bolts of the pump cover to 55 Nm.'],
  ])('are not seen in %s', async (_, other) => {
    expect(await contradictionsOf(question, 'Tighten the bolts of the pump cover to 40 Nm.', other)).toEqual([]);
  });
});
