/** The `retrieval` board: how well the shipped search finds the judged documents of a public test collection. */

import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { createBm25, DEFAULT_BM25_SETTINGS } from '../bm25.ts';
import type { Bm25Hit, Bm25Settings } from '../bm25.ts';
import { measureRanking } from './ranking-metrics.ts';
import type { RankingMeasures } from './ranking-metrics.ts';
import { readCollection } from './retrieval-collection.ts';

export interface RetrievalBoardOptions {
  /** A folder with `corpus.jsonl`, `queries.jsonl` and `qrels.tsv`. */
  readonly dataDir: string;
  /** Where `run.trec` is written; nothing is written when absent. */
  readonly outDir?: string;
  readonly mode: string;
}

export interface RetrievalBoardResult {
  readonly board: 'retrieval';
  readonly set: string;
  readonly mode: 'lexical';
  /** Judged queries that were scored. */
  readonly items: number;
  readonly documents: number;
  readonly seconds: number;
  readonly rssMib: number;
  readonly settings: Bm25Settings & { readonly depth: number };
  readonly map: number;
  readonly ndcgAt10: number;
  readonly mrr: number;
  readonly hitAt1: number;
  readonly hitAt5: number;
  readonly pAt30: number;
  readonly buildMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

const DEPTH = 1000;

/**
 * Indexes the collection, asks every query and scores the judged ones with trec_eval's definitions (linear gain, means
 * over queries that have at least one relevant document). The rankings are complete before a judgement is read.
 *
 * @throws Error of one line that names the file, when data is missing or malformed, or a mode that this build lacks.
 */
export async function runRetrievalBoard({
  dataDir,
  outDir,
  mode,
}: RetrievalBoardOptions): Promise<RetrievalBoardResult> {
  if (mode !== 'lexical')
    throw new Error(`mode "${mode}" is not available: the search has no embeddings yet; use --mode lexical`);
  const startedAt = performance.now();
  const collection = await readCollection(dataDir);
  const buildStartedAt = performance.now();
  const index = createBm25();
  for (const { id, title, text } of collection.documents) {
    index.add(id, title === undefined ? { body: text } : { title, body: text });
  }
  const buildMs = performance.now() - buildStartedAt;

  const rankings = new Map<string, readonly Bm25Hit[]>();
  const timesMs: number[] = [];
  for (const { id, text } of collection.queries) {
    const queryStartedAt = performance.now();
    rankings.set(id, index.search(text, { limit: DEPTH }));
    timesMs.push(performance.now() - queryStartedAt);
  }
  if (outDir !== undefined) {
    await mkdir(outDir, { recursive: true });
    await writeFile(join(outDir, 'run.trec'), [...rankings].map(([query, hits]) => trecLines(query, hits)).join(''));
  }

  const measures: RankingMeasures[] = [];
  for (const [query, hits] of rankings) {
    const grades = collection.judgements.get(query);
    if (!grades || ![...grades.values()].some((grade) => grade > 0)) continue;
    measures.push(
      measureRanking(
        hits.map((hit) => hit.key),
        grades,
      ),
    );
  }
  if (measures.length === 0)
    throw new Error(`${join(dataDir, 'qrels.tsv')}: judges none of the queries in queries.jsonl`);
  const mean = (measure: keyof RankingMeasures): number =>
    round(measures.reduce((sum, each) => sum + each[measure], 0) / measures.length);
  timesMs.sort((a, b) => a - b);
  const quantile = (q: number): number =>
    round(timesMs[Math.min(timesMs.length - 1, Math.floor(timesMs.length * q))] ?? 0);
  return {
    board: 'retrieval',
    set: basename(resolve(dataDir)),
    mode: 'lexical',
    items: measures.length,
    documents: collection.documents.length,
    seconds: round((performance.now() - startedAt) / 1000),
    rssMib: round(process.memoryUsage.rss() / 2 ** 20),
    settings: { ...DEFAULT_BM25_SETTINGS, depth: DEPTH },
    map: mean('averagePrecision'),
    ndcgAt10: mean('ndcgAt10'),
    mrr: mean('reciprocalRank'),
    hitAt1: mean('hitAt1'),
    hitAt5: mean('hitAt5'),
    pAt30: mean('precisionAt30'),
    buildMs: round(buildMs),
    p50Ms: quantile(0.5),
    p95Ms: quantile(0.95),
  };
}

function trecLines(query: string, hits: readonly Bm25Hit[]): string {
  return hits
    .map((hit, rank) => `${query} Q0 ${hit.key} ${rank + 1} ${hit.score.toFixed(6)} heliosiq-lexical\n`)
    .join('');
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
