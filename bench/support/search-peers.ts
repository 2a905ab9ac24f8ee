import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface PeerWork {
  readonly passages: readonly string[];
  readonly questions: readonly string[];
}

/** What a peer took for the same passages and questions, or that it is not installed. */
type PeerFigures =
  | { readonly name: string; readonly buildPerSecond: number; readonly p50Ms: number; readonly p95Ms: number }
  | { readonly name: string; readonly absent: string };

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
interface LanceModule {
  readonly Index: { fts(): object };
  connect(folder: string): Promise<{ createTable(name: string, rows: readonly object[]): Promise<LanceTable> }>;
}
interface LanceTable {
  createIndex(column: string, options: { config: object }): Promise<void>;
  waitForIndex(names: readonly string[], timeoutS: number): Promise<void>;
  query(): { fullTextSearch(question: string): { limit(count: number): { toArray(): Promise<readonly unknown[]> } } };
}

const PEERS = { minisearch, '@orama/orama': orama, '@lancedb/lancedb': lance } as const;
/** A busy machine, and an index of LanceDB that is made behind its back. */
const INDEX_TIMEOUT_S = 600;
/** As of ours: a question's time is the fastest of several. */
const PASSES = 3;

/** Runs the peers installed in `folder`, each in its defaults, one after the other; tells which are not there. */
export async function searchPeers(folder: string | undefined, work: PeerWork): Promise<readonly PeerFigures[]> {
  const load = folder === undefined ? undefined : createRequire(join(folder, 'package.json'));
  const found: PeerFigures[] = [];
  for (const [name, run] of Object.entries(PEERS)) {
    let peer: unknown;
    try {
      peer = load?.(name);
    } catch {
      // Not installed: told below.
    }
    if (peer === undefined)
      found.push({ name, absent: `HELIOS_BENCH_PEERS names no folder with ${name} in node_modules` });
    else found.push({ name, ...(await run(peer, work)) });
    globalThis.gc?.();
  }
  return found;
}

type Figures = Omit<Extract<PeerFigures, { readonly p50Ms: number }>, 'name'>;

async function minisearch(peer: unknown, work: PeerWork): Promise<Figures> {
  const index = new (peer as MiniSearchModule)({ fields: ['body'] }); // the package's public class
  const buildS = await seconds(() => index.addAll(rows(work)));
  return figures(buildS, work, (question) => index.search(question).slice(0, 10));
}

async function orama(peer: unknown, work: PeerWork): Promise<Figures> {
  const { create, insertMultiple, search } = peer as OramaModule; // the package's public functions
  const database = create({ schema: { body: 'string' } });
  const buildS = await seconds(() => insertMultiple(database, rows(work), 1000));
  return figures(buildS, work, (question) => search(database, { term: question, limit: 10 }));
}

async function lance(peer: unknown, work: PeerWork): Promise<Figures> {
  const { connect, Index } = peer as LanceModule; // the package's public functions
  const folder = mkdtempSync(join(tmpdir(), 'heliosiq-lance-'));
  try {
    const database = await connect(folder);
    let table: LanceTable | undefined;
    const buildS = await seconds(async () => {
      table = await database.createTable('passages', rows(work));
      await table.createIndex('body', { config: Index.fts() });
      await table.waitForIndex(['body_idx'], INDEX_TIMEOUT_S);
    });
    return await figures(buildS, work, (question) => table?.query().fullTextSearch(question).limit(10).toArray());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rows({ passages }: PeerWork): readonly object[] {
  return passages.map((body, id) => ({ id: String(id), body }));
}

async function figures(
  buildS: number,
  { passages, questions }: PeerWork,
  search: (question: string) => unknown,
): Promise<Figures> {
  const timesMs = questions.map(() => Infinity);
  for (let pass = 0; pass < PASSES; pass += 1) {
    for (const [at, question] of questions.entries()) {
      const startedAt = performance.now();
      await search(question);
      timesMs[at] = Math.min(timesMs[at] ?? Infinity, performance.now() - startedAt);
    }
  }
  timesMs.sort((a, b) => a - b);
  const quantile = (share: number): number =>
    Math.round((timesMs[Math.floor(timesMs.length * share)] ?? 0) * 100) / 100;
  return { buildPerSecond: Math.round(passages.length / buildS), p50Ms: quantile(0.5), p95Ms: quantile(0.95) };
}

/** Processor time of the whole process: a peer may have threads of its own. */
async function seconds(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000_000;
}
