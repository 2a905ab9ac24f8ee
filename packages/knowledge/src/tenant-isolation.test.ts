import { createMemoryDocumentStore } from '@heliosiq/adapters/memory/document-store.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { TenantId } from '@heliosiq/model';
import { expect, it } from 'vitest';
import { createKnowledge } from './knowledge.ts';

const TENANTS = 20;
const SEARCHES = 10_000;

/** Numbers of a linear congruential generator, so that a failure can be had again. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

it('10,000 searches over 20 tenants, while documents come and go and indexes are let go, give no foreign passage', async () => {
  const next = generator(11);
  const tenants = Array.from({ length: TENANTS }, (_, at) => TenantId.parse(`tenant-${at}`));
  // Fewer indexes in memory than tenants: they are let go and loaded again in between.
  const knowledge = createKnowledge({
    documents: createMemoryDocumentStore(),
    state: createMemoryStateStore(),
    now: () => 0,
    tenantsInMemoryMax: TENANTS - 1,
  });
  const words = ['pump', 'valve', 'seal', 'kafka', 'latency', 'motor', 'leak', 'timeout', 'disk', 'vibration'];
  const phrase = (): string => Array.from({ length: 1 + next(4) }, () => words[next(words.length)] ?? '').join(' ');
  const change = async (at: number): Promise<void> => {
    const tenant = tenants[at] ?? TenantId.parse('none');
    // The same sources and words everywhere: only the owner tells texts apart.
    const source = `note-${next(12)}.md`;
    await knowledge.add(tenant, {
      source,
      format: 'markdown',
      text: `# ${phrase()}\n\n${phrase()} belongs to owner${at}x and says ${phrase()}.`,
      tags: [words[next(words.length)] ?? ''],
    });
  };
  for (let at = 0; at < TENANTS * 8; at += 1) await change(at % TENANTS);
  let passages = 0;
  for (let search = 0; search < SEARCHES; search += 1) {
    const at = next(TENANTS);
    if (search % 50 === 0) await change(next(TENANTS));
    // Also asks by name for what belongs to somebody else.
    const question = next(4) === 0 ? `${phrase()} owner${next(TENANTS)}x` : phrase();
    const found = await knowledge.search(tenants[at] ?? TenantId.parse('none'), question, {
      limit: 1 + next(5),
      showAll: next(2) === 0,
      ...(next(3) === 0 && { filter: { tags: words.slice(0, 3) } }),
      ...(next(3) === 0 && { sentencesMax: 2 }),
    });
    for (const { passage, sentences = [] } of found) {
      passages += 1;
      const texts = [passage.text, ...sentences.map(({ text }) => text)];
      const owners = texts.flatMap((text) => [...text.matchAll(/owner(\d+)x/g)].map((match) => Number(match[1])));
      if (owners.some((owner) => owner !== at)) throw new Error(`tenant ${at} was shown: ${passage.text}`);
    }
  }
  expect(passages).toBeGreaterThan(SEARCHES);
}, 120_000);
