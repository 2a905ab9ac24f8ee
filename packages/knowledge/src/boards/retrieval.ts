/** The `retrieval` board: how well the shipped search finds the judged documents of a public test collection. */

import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Embedder, SearchMode } from '@heliosiq/ports';
import { DEFAULT_BM25_SETTINGS } from '../bm25-settings.ts';
import { canonicaliseText } from '../canonical-text.ts';
import type { EmbeddingCache } from '../embedding/embedding-cache.ts';
import { embedPassages } from '../embedding/embed-passages.ts';
import { FEATURE_DEPTH, passageFeatures, scoresWithFeatures } from '../feature-reranking.ts';
import { createHybridIndex, HYBRID_SETTINGS } from '../hybrid-index.ts';
import type { HybridIndex } from '../hybrid-index.ts';
import { markdownPassages } from '../markdown-passages.ts';
import { embeddedText, lexicalFields } from '../passage-fields.ts';
import type { PassageFields } from '../passage-fields.ts';
import { meanMeasures, measureRanking } from './ranking-metrics.ts';
import type { RankingMeasures } from './ranking-metrics.ts';
import { readCollection } from './retrieval-collection.ts';
import type { JudgedCollection } from './retrieval-collection.ts';

/** What turns texts to vectors in the modes `dense` and `hybrid`. */
export interface BoardEmbedding {
  readonly embedder: Embedder;
  readonly cache?: EmbeddingCache;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface RetrievalBoardOptions {
  /** A folder with `corpus.jsonl`, `queries.jsonl` and `qrels.tsv`. */
  readonly dataDir: string;
  /** Where `run.trec` is written; nothing is written when absent. */
  readonly outDir?: string;
  readonly mode: string;
  /** Asked for by the modes that need it. */
  readonly openEmbedding?: () => Promise<BoardEmbedding>;
}

export interface RetrievalBoardResult {
  readonly board: 'retrieval';
  readonly set: string;
  readonly mode: SearchMode;
  /** Judged queries that were scored. */
  readonly items: number;
  readonly documents: number;
  readonly passages: number;
  readonly seconds: number;
  readonly rssMib: number;
  readonly settings: unknown;
  readonly map: number;
  readonly ndcgAt10: number;
  readonly mrr: number;
  readonly hitAt1: number;
  readonly hitAt5: number;
  readonly pAt30: number;
  readonly buildMs: number;
  /** Time of a search without the embedding of its question. */
  readonly p50Ms: number;
  readonly p95Ms: number;
}

interface DocumentHit {
  readonly id: string;
  readonly score: number;
}

const DEPTH = 1000;
const MODES: readonly string[] = ['lexical', 'dense', 'hybrid'] satisfies SearchMode[];

/**
 * Cuts the collection into passages, indexes them, asks every query, ranks documents by their best passage and scores the
 * judged queries with trec_eval's definitions (linear gain, means over queries that have at least one relevant document).
 * The rankings are complete and written before a judgement is read.
 *
 * @throws Error of one line that names the file, when data is missing or malformed, or a mode that there is not.
 */
export async function runRetrievalBoard(options: RetrievalBoardOptions): Promise<RetrievalBoardResult> {
  const { dataDir, outDir, openEmbedding } = options;
  const mode = searchMode(options.mode);
  const startedAt = performance.now();
  const collection = await readCollection(dataDir);
  const passages = passagesOf(collection);
  const buildStartedAt = performance.now();
  const index = createHybridIndex();
  for (const [key, { fields }] of passages) index.add(key, lexicalFields(fields));
  const buildMs = performance.now() - buildStartedAt;

  const questions = new Map<string, ArrayLike<number>>();
  let embeddingModel: string | undefined;
  if (mode !== 'lexical') {
    if (openEmbedding === undefined) throw new Error(`mode "${mode}" needs an embedding model`);
    const { embedder, ...embedding } = await openEmbedding();
    const model = await embedder.model();
    embeddingModel = model.id;
    index.resetVectors(model.dimensions);
    const keys = [...passages.keys()];
    const texts = [...passages.values()].map(({ fields }) => embeddedText(fields));
    const vectors = await embedPassages(texts, { embedder, ...embedding });
    for (const [at, key] of keys.entries()) index.setVector(key, vectors[at] ?? []);
    for (const { id, text } of collection.queries) {
      const [vector] = await embedder.embed([text], { purpose: 'question' });
      if (vector !== undefined) questions.set(id, vector);
    }
  }

  const rankings = new Map<string, readonly DocumentHit[]>();
  const timesMs: number[] = [];
  for (const { id, text } of collection.queries) {
    const vector = questions.get(id);
    const queryStartedAt = performance.now();
    // Several passages of one document may be found: more are asked for than documents are wanted.
    const hits = index.search({ text, mode, ...(vector && { vector }) }, { limit: DEPTH * 4 });
    const isFused = mode === 'hybrid' && vector !== undefined;
    rankings.set(id, bestPassages(isFused ? reranked(text, hits, { index, passages }) : hits, passages));
    timesMs.push(performance.now() - queryStartedAt);
  }
  if (outDir !== undefined) {
    await mkdir(outDir, { recursive: true });
    const lines = [...rankings].map(([query, hits]) => trecLines(query, hits, mode));
    await writeFile(join(outDir, 'run.trec'), lines.join(''));
  }

  const measures = score(rankings, collection);
  if (measures.length === 0)
    throw new Error(`${join(dataDir, 'qrels.tsv')}: judges none of the queries in queries.jsonl`);
  const means = meanMeasures(measures);
  timesMs.sort((a, b) => a - b);
  const quantile = (q: number): number =>
    round(timesMs[Math.min(timesMs.length - 1, Math.floor(timesMs.length * q))] ?? 0);
  return {
    board: 'retrieval',
    set: basename(resolve(dataDir)),
    mode,
    items: measures.length,
    documents: collection.documents.length,
    passages: passages.size,
    seconds: round((performance.now() - startedAt) / 1000),
    rssMib: round(process.memoryUsage.rss() / 2 ** 20),
    settings: {
      ...DEFAULT_BM25_SETTINGS,
      ...HYBRID_SETTINGS,
      ...(embeddingModel !== undefined && { embeddingModel }),
    },
    map: round(means.averagePrecision),
    ndcgAt10: round(means.ndcgAt10),
    mrr: round(means.reciprocalRank),
    hitAt1: round(means.hitAt1),
    hitAt5: round(means.hitAt5),
    pAt30: round(means.precisionAt30),
    buildMs: round(buildMs),
    p50Ms: quantile(0.5),
    p95Ms: quantile(0.95),
  };
}

function searchMode(mode: string): SearchMode {
  if (!MODES.includes(mode)) throw new Error(`mode "${mode}" is not available: take one of ${MODES.join(', ')}`);
  return mode as SearchMode; // one of the list that has no other
}

type PassageMap = ReadonlyMap<string, { readonly document: string; readonly fields: PassageFields }>;

/** Every document cut as the library cuts Markdown, which plain text is as well. */
function passagesOf({ documents }: JudgedCollection): PassageMap {
  const passages = new Map<string, { document: string; fields: PassageFields }>();
  for (const { id, title, text } of documents) {
    const canonical = canonicaliseText(text);
    if (!canonical.ok) continue;
    for (const [ordinal, { headings, span }] of markdownPassages(canonical.value.text).entries()) {
      const fields = { title, headings, text: canonical.value.text.slice(span.start, span.end) };
      passages.set(`${id}:${ordinal}`, { document: id, fields });
    }
  }
  return passages;
}

/** The hits in the order of the library, which reads the first of a fused list. */
function reranked(
  question: string,
  hits: readonly { readonly key: string; readonly score: number }[],
  { index, passages }: { readonly index: HybridIndex; readonly passages: PassageMap },
): readonly { readonly key: string; readonly score: number }[] {
  const fields = hits.slice(0, FEATURE_DEPTH).flatMap(({ key }) => passages.get(key)?.fields ?? []);
  const features = passageFeatures(question, index.weights(question), fields);
  const scores = scoresWithFeatures(
    hits.map(({ score }) => score),
    features,
  );
  return hits
    .map(({ key, score }, at) => ({ key, score: scores[at] ?? score }))
    .sort((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1));
}

/** Documents by their best passage. */
function bestPassages(
  hits: readonly { readonly key: string; readonly score: number }[],
  passages: PassageMap,
): readonly DocumentHit[] {
  const found = new Map<string, DocumentHit>();
  for (const { key, score } of hits) {
    const id = passages.get(key)?.document;
    if (id !== undefined && !found.has(id)) found.set(id, { id, score });
    if (found.size === DEPTH) break;
  }
  return [...found.values()];
}

function score(rankings: ReadonlyMap<string, readonly DocumentHit[]>, collection: JudgedCollection): RankingMeasures[] {
  const measures: RankingMeasures[] = [];
  for (const [query, hits] of rankings) {
    const grades = collection.judgements.get(query);
    if (!grades || ![...grades.values()].some((grade) => grade > 0)) continue;
    measures.push(
      measureRanking(
        hits.map((hit) => hit.id),
        grades,
      ),
    );
  }
  return measures;
}

function trecLines(query: string, hits: readonly DocumentHit[], mode: SearchMode): string {
  return hits
    .map((hit, rank) => `${query} Q0 ${hit.id} ${rank + 1} ${hit.score.toFixed(6)} heliosiq-${mode}\n`)
    .join('');
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
