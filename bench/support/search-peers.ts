import { createRequire } from 'node:module';
import { join } from 'node:path';

interface PeerWork {
  readonly passages: readonly string[];
  readonly questions: readonly string[];
}

/** What a peer took for the same passages and questions. */
interface PeerFigures {
  readonly name: string;
  readonly buildPerSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** The parts of the peers that are used; their packages are not installed here, so their own types are not at hand. */
interface MiniSearchModule {
  new (options: { fields: string[] }): {
    addAll(documents: readonly object[]): void;
    search(question: string): readonly unknown[];
  };
}
interface OramaModule {
  create(options: { schema: object }): unknown;
  insertMultiple(database: unknown, documents: readonly object[], batchSize: number): unknown;
  search(database: unknown, options: { term: string; limit: number }): unknown;
}

/** Runs the peers installed in `folder`, none when it is not given. */
export async function searchPeers(folder: string | undefined, work: PeerWork): Promise<readonly PeerFigures[]> {
  if (folder === undefined) return [];
  const load = createRequire(join(folder, 'package.json'));
  const documents = work.passages.map((body, id) => ({ id: String(id), body }));
  const MiniSearch = load('minisearch') as MiniSearchModule;
  const miniSearch = new MiniSearch({ fields: ['body'] });
  const miniBuildS = await seconds(() => miniSearch.addAll(documents));
  const orama = load('@orama/orama') as OramaModule;
  const database = orama.create({ schema: { body: 'string' } });
  const oramaBuildS = await seconds(() => orama.insertMultiple(database, documents, 1000));
  return [
    {
      name: 'minisearch',
      ...(await figures(miniBuildS, work, (question) => miniSearch.search(question).slice(0, 10))),
    },
    {
      name: 'orama',
      ...(await figures(oramaBuildS, work, (question) => orama.search(database, { term: question, limit: 10 }))),
    },
  ];
}

async function figures(
  buildS: number,
  { passages, questions }: PeerWork,
  search: (question: string) => unknown,
): Promise<Omit<PeerFigures, 'name'>> {
  const timesMs: number[] = [];
  for (const question of questions) {
    const startedAt = performance.now();
    await search(question);
    timesMs.push(performance.now() - startedAt);
  }
  timesMs.sort((a, b) => a - b);
  const quantile = (share: number): number =>
    Math.round((timesMs[Math.floor(timesMs.length * share)] ?? 0) * 100) / 100;
  return { buildPerSecond: Math.round(passages.length / buildS), p50Ms: quantile(0.5), p95Ms: quantile(0.95) };
}

async function seconds(work: () => unknown): Promise<number> {
  const before = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000_000;
}
