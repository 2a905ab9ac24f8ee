import { describe, expect, it } from 'vitest';
import { createMemoryDocumentStore } from '@heliosiq/adapters/memory/document-store.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { TenantId } from '@heliosiq/model';
import { createKnowledge } from './knowledge.ts';

const acme = TenantId.parse('acme');
const now = Date.UTC(2026, 5, 1);

function library() {
  return createKnowledge({ documents: createMemoryDocumentStore(), state: createMemoryStateStore(), now: () => now });
}

function manual(name: string, frontMatter: readonly string[], text = 'Reset the valve controller by the red button.') {
  const head = ['---', `title: ${name}`, ...frontMatter, '---', ''].join('\n');
  return { source: `${name}.md`, format: 'markdown' as const, text: `${head}\n# ${name}\n\n${text}` };
}

/** Numbers of a linear congruential generator, so that a failure can be had again. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('validity in searches', () => {
  it('never gives a passage of another version unmarked, and always one that applies, in 200 generated libraries', async () => {
    const next = generator(42);
    const versions = Array.from({ length: 24 }, (_, at) => [1 + Math.floor(at / 6), at % 6] as const);
    const numberOf = ([major, minor]: readonly [number, number]): number => major * 100 + minor;
    for (let round = 0; round < 200; round++) {
      const knowledge = library();
      const applies = new Map<string, (version: number) => boolean>();
      for (let document = 0; document < 4; document++) {
        const low = versions[next(24)] ?? [1, 0];
        const high = versions[next(24)] ?? [4, 5];
        const [from, to] = [Math.min(numberOf(low), numberOf(high)), Math.max(numberOf(low), numberOf(high))];
        const written = (number: number): string => `${Math.floor(number / 100)}.${number % 100}`;
        const forms: readonly (readonly [string, (version: number) => boolean])[] = [
          [`>=${written(from)} <${written(to)}`, (version) => version >= from && version < to],
          [`${written(from)} - ${written(to)}`, (version) => version >= from && version <= to],
          [`<=${written(to)}`, (version) => version <= to],
          [`>${written(from)}`, (version) => version > from],
          [`${written(from)}.x`, (version) => version === from],
          [`${Math.floor(from / 100)}.x`, (version) => Math.floor(version / 100) === Math.floor(from / 100)],
          [`^${written(from)}`, (version) => version >= from && Math.floor(version / 100) === Math.floor(from / 100)],
          [`${written(from)} || ${written(to)}`, (version) => version === from || version === to],
        ];
        const [text, oracle] = forms[next(forms.length)] ?? ['*', () => true];
        applies.set(`m${document}.md`, oracle);
        await knowledge.add(acme, manual(`m${document}`, [`firmware: "${text}"`]));
      }
      const asked = versions[next(24)] ?? [1, 0];
      const version = `${asked[0]}.${asked[1]}.${next(10)}`;
      const found = await knowledge.search(acme, 'reset valve controller', { limit: 20, asset: { version } });
      const wanted = [...applies].filter(([, oracle]) => oracle(numberOf(asked))).map(([source]) => source);
      expect([version, found.map(({ source }) => source).toSorted()]).toEqual([version, wanted.toSorted()]);
      const all = await knowledge.search(acme, 'reset valve controller', {
        limit: 20,
        asset: { version },
        showAll: true,
      });
      expect(all).toHaveLength(4);
      for (const { source, validity } of all) {
        expect([version, source, validity.applies]).toEqual([version, source, wanted.includes(source) ? 'yes' : 'no']);
        if (validity.applies === 'no') expect(validity.reasons.join()).toMatch(/it is for version .+, not /);
      }
    }
  });

  it('marks what depends on something that the asset does not tell', async () => {
    const knowledge = library();
    await knowledge.add(acme, manual('bound', ['firmware: 2.3', 'product: PX-9']));
    const [found] = await knowledge.search(acme, 'valve', { limit: 5, asset: { product: 'px-9' } });
    expect(found?.validity).toEqual({
      applies: 'unknown',
      reasons: ['it is for version 2.3; that of the asset is not known'],
    });
    expect(await knowledge.search(acme, 'valve', { limit: 5, asset: { product: 'PX-8', version: '2.3' } })).toEqual([]);
    await knowledge.add(acme, manual('odd', ['firmware: the newest one']));
    const odd = await knowledge.search(acme, 'valve', { limit: 5, asset: { version: '2.4' } });
    expect(odd.map(({ source, validity }) => [source, validity.applies])).toEqual([['odd.md', 'unknown']]);
  });

  it('leaves out drafts, what is not yet or no more in force, and what was replaced by what is', async () => {
    const knowledge = library();
    await knowledge.add(acme, manual('draft', ['status: draft']));
    await knowledge.add(acme, manual('future', ['valid-from: 2026-06-02']));
    await knowledge.add(acme, manual('past', ['valid-until: 2026-05-31']));
    await knowledge.add(acme, manual('today', ['valid-from: 2026-06-01', 'valid-until: 2026-06-01']));
    await knowledge.add(acme, manual('old', []));
    await knowledge.add(acme, manual('new', ['supersedes: old.md']));
    await knowledge.add(acme, manual('newest', ['supersedes: new.md', 'status: draft']));
    const found = await knowledge.search(acme, 'valve', { limit: 20 });
    expect(found.map(({ source }) => source).toSorted()).toEqual(['new.md', 'today.md']);
    const all = await knowledge.search(acme, 'valve', { limit: 20, showAll: true });
    expect(Object.fromEntries(all.map(({ source, validity }) => [source, validity.reasons]))).toEqual({
      'draft.md': ['it is a draft'],
      'future.md': ['it holds from 2026-06-02'],
      'past.md': ['it held until 2026-05-31'],
      'today.md': [],
      'old.md': ['new replaces it'],
      'new.md': [],
      'newest.md': ['it is a draft'],
    });
  });

  it('puts old news behind new ones, and says how old they are', async () => {
    const knowledge = library();
    await knowledge.add(acme, manual('a-old', ['kind: incident', 'date: 2024-06-01']));
    await knowledge.add(acme, manual('b-new', ['kind: incident', 'date: 2026-05-30']));
    await knowledge.add(acme, manual('c-manual', ['date: 2010-01-01']));
    const found = await knowledge.search(acme, 'valve', { limit: 5 });
    expect(found.map(({ source }) => source).at(-1)).toBe('a-old.md');
    const staleness = Object.fromEntries(found.map(({ source, parts }) => [source, parts.staleness]));
    expect(staleness['a-old.md']).toBeCloseTo(1 - 2 ** (-730 / 180), 5);
    expect(staleness['b-new.md']).toBeLessThan(0.02);
    expect(staleness['c-manual.md']).toBe(0);
  });
});

describe('documents for newer versions', () => {
  it('go before older ones of the same product that hold as well, and say so', async () => {
    const knowledge = library();
    await knowledge.add(
      acme,
      manual('all', ['firmware: ">=2.0"', 'product: px-9'], 'Reset the valve controller, reset the valve.'),
    );
    await knowledge.add(
      acme,
      manual('new', ['firmware: ">=2.4"', 'product: px-9'], 'Reset the valve controller by the menu.'),
    );
    await knowledge.add(acme, manual('other', ['firmware: ">=1.0"', 'product: qx-1'], 'Reset the valve controller.'));
    const asked = (version: string) =>
      knowledge.search(acme, 'reset valve controller', { limit: 5, asset: { product: 'px-9', version } });
    const found = await asked('2.4.1');
    expect(found.map(({ source }) => source)).toEqual(['new.md', 'all.md']);
    expect(found[1]?.validity).toEqual({ applies: 'yes', reasons: ['new is for newer versions and goes before it'] });
    expect(found[0]?.validity.reasons).toEqual([]);
    expect((await asked('2.3')).map(({ source, validity }) => [source, validity.reasons])).toEqual([['all.md', []]]);
  });
});

describe('several passages of one document', () => {
  it('stand behind those of others beyond the wanted number, and fill up what is left', async () => {
    const knowledge = library();
    const sections = Array.from({ length: 5 }, (_, at) => `## Part ${at}\n\nvalve valve valve ${at}`).join('\n\n');
    await knowledge.add(acme, { source: 'long.md', format: 'markdown', text: `# Long\n\n${sections}` });
    await knowledge.add(
      acme,
      manual('short', [], 'A word about the valve among many other words of no interest here.'),
    );
    const sourcesOf = async (perDocumentMax: number) =>
      (await knowledge.search(acme, 'valve', { limit: 4, perDocumentMax })).map(({ source }) => source);
    expect(await sourcesOf(1)).toEqual(['long.md', 'short.md', 'long.md', 'long.md']);
    expect(await sourcesOf(2)).toEqual(['long.md', 'long.md', 'short.md', 'long.md']);
  });
});
