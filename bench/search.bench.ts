/**
 * The search of one tenant with 100,000 passages of about 80 words: lexical and hybrid latency, time to build, memory, snapshot.
 * Prints a JSON line, and one for the peers; exit 1 when a bar is missed. Hybrid is without the embedding of the question. Building
 * and loading are in processor time and a question's time is the fastest of five, so that a busy machine changes little.
 *
 * `HELIOS_BENCH_DATA=DIR node --expose-gc bench/search.bench.ts` makes passages and questions of the retrieval collections in DIR
 * (`DIR/<set>/corpus.jsonl`, `queries.jsonl`); without it they are made of the shipped runbooks. Vectors are generated around
 * centres, one for each text that a passage is made of. With `HELIOS_BENCH_PEERS=DIR`, a folder with `minisearch`,
 * `@orama/orama` and `@lancedb/lancedb` in its `node_modules` (`npm install` them there), these index and answer the same in the
 * same run; what is not there is told.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FEATURE_DEPTH, passageFeatures, scoresWithFeatures } from '../packages/knowledge/src/feature-reranking.ts';
import { createHybridIndex } from '../packages/knowledge/src/hybrid-index.ts';
import { readIndexSnapshot, writeIndexSnapshot } from '../packages/knowledge/src/index-snapshot.ts';
import { searchPeers } from './support/search-peers.ts';

const bars = { lexicalP95Ms: 5, hybridP95Ms: 15, buildPerSecond: 20_000, snapshotLoadMs: 2000 };
const passageCount = Number(process.env['HELIOS_BENCH_PASSAGES'] ?? 100_000);
const dimensions = 384;
const hiddenFactors = 64;
const wordsPerPassage = 80;
const passes = 5;

const directions = Array.from({ length: hiddenFactors }, (_, at) => randomVector(at + 77, dimensions));
const { texts, questions } = readTexts(process.env['HELIOS_BENCH_DATA']);
const passages = makePassages();
const centres = texts.map((_, at) => randomVector(at + 1, hiddenFactors));

globalThis.gc?.();
const heapBefore = memory();
const buildStartedAt = cpuMs();
const index = createHybridIndex({ dimensions });
for (const [key, body] of passages.entries()) index.add(String(key), { body });
const buildSeconds = (cpuMs() - buildStartedAt) / 1000;
globalThis.gc?.();
const lexicalBytes = memory() - heapBefore;

for (const key of passages.keys()) index.setVector(String(key), vectorOf(key));
const graphStartedAt = cpuMs();
while (index.improve(1000));
const graphSeconds = (cpuMs() - graphStartedAt) / 1000;
globalThis.gc?.();
const totalBytes = memory() - heapBefore;

const questionVectors = questions.map((_, at) => vectorOf((at * 7919) % passageCount));
const lexical = timed((question) => index.search({ text: question, mode: 'lexical' }, { limit: 10 }));
// As the library does: twice the limit is found, and these are read once more.
const hybrid = timed((question, at) => {
  const vector = questionVectors[at] ?? new Float32Array(dimensions);
  const hits = index.search({ text: question, vector, mode: 'hybrid' }, { limit: FEATURE_DEPTH });
  const read = hits.map(({ key }) => ({ title: undefined, headings: [], text: passages[Number(key)] ?? '' }));
  const scores = hits.map(({ score }) => score);
  return scoresWithFeatures(scores, passageFeatures(question, index.weights(question), read));
});

const pieces = writeIndexSnapshot(index.parts(), {});
const snapshot = new Uint8Array(Buffer.concat(pieces));
const loadStartedAt = cpuMs();
const loaded = readIndexSnapshot(snapshot);
const restored = loaded && createHybridIndex({ parts: loaded.parts });
const loadMs = cpuMs() - loadStartedAt;
const same = JSON.stringify(restored?.search({ text: questions[0] ?? '', mode: 'lexical' }, { limit: 10 }));
if (same !== JSON.stringify(index.search({ text: questions[0] ?? '', mode: 'lexical' }, { limit: 10 }))) {
  throw new Error('the snapshot answers otherwise than the index');
}

const figures = {
  bench: 'search',
  passages: passages.length,
  wordsPerPassage,
  questionWords: round(questions.reduce((sum, each) => sum + each.split(/\s+/).length, 0) / questions.length),
  buildPerSecond: Math.round(passages.length / buildSeconds),
  lexicalP50Ms: lexical.p50Ms,
  lexicalP95Ms: lexical.p95Ms,
  hybridP50Ms: hybrid.p50Ms,
  hybridP95Ms: hybrid.p95Ms,
  lexicalBytesPerPassage: Math.round(lexicalBytes / passages.length),
  withVectorsBytesPerPassage: Math.round(totalBytes / passages.length),
  graphSeconds: round(graphSeconds),
  snapshotMiB: round(snapshot.length / 2 ** 20),
  snapshotLoadMs: Math.round(loadMs),
};
console.log(JSON.stringify(figures));
const peers = await searchPeers(process.env['HELIOS_BENCH_PEERS'], { passages, questions });
console.log(JSON.stringify({ bench: 'search', peers }));
const missed = [
  figures.lexicalP95Ms > bars.lexicalP95Ms && 'lexical p95',
  figures.hybridP95Ms > bars.hybridP95Ms && 'hybrid p95',
  figures.buildPerSecond < bars.buildPerSecond && 'build',
  figures.snapshotLoadMs > bars.snapshotLoadMs && 'snapshot load',
].filter((each) => each !== false);
if (missed.length > 0) {
  console.error(`missed: ${missed.join(', ')}`);
  process.exitCode = 1;
}

function readTexts(folder: string | undefined): { readonly texts: string[]; readonly questions: string[] } {
  const read = (name: string): string[] =>
    globSync(join(folder ?? '', '*', name))
      .toSorted()
      .flatMap((path) => readFileSync(path, 'utf8').trim().split('\n'))
      .map((line) => (JSON.parse(line) as { text: string }).text);
  if (folder !== undefined && existsSync(folder)) {
    return { texts: read('corpus.jsonl'), questions: read('queries.jsonl') };
  }
  const runbooks = globSync(join(import.meta.dirname, '../packages/knowledge/runbooks/*.md')).toSorted();
  const paragraphs = runbooks.flatMap((path) => readFileSync(path, 'utf8').split(/\n\n+/));
  const lines = paragraphs.flatMap((paragraph) => paragraph.split('\n')).filter((line) => line.length > 40);
  return { texts: paragraphs, questions: lines.map((line) => line.split(/\s+/).slice(1, 11).join(' ')) };
}

/** Each passage is a window of two texts' words, so that none is another's copy. */
function makePassages(): string[] {
  const words = texts.map((text) => text.split(/\s+/).filter((word) => word !== ''));
  return Array.from({ length: passageCount }, (_, at) => {
    const taken: string[] = [];
    for (let step = 0; taken.length < wordsPerPassage; step += 1) {
      const source = words[(at * 31 + step * 7919 + Math.floor(at / words.length) * 104_729) % words.length] ?? [];
      const from = source.length > 40 ? (at * 13 + step) % (source.length - 40) : 0;
      taken.push(...source.slice(from, from + 40));
    }
    return taken.slice(0, wordsPerPassage).join(' ');
  });
}

/**
 * As embeddings are: of hidden factors whose variance falls like the principal components of MiniLM's vectors of abstracts
 * (the n-th has n ** -0.75 of the first), near to those of the text that the passage is made of.
 */
function vectorOf(passage: number): Float32Array {
  const centre = centres[(passage * 31) % centres.length] ?? new Float32Array(hiddenFactors);
  const noise = randomVector(passage + 1_000_003, hiddenFactors);
  const vector = new Float32Array(dimensions);
  for (let factor = 0; factor < hiddenFactors; factor += 1) {
    const strength = (factor + 1) ** -0.375 * ((centre[factor] ?? 0) + 0.5 * (noise[factor] ?? 0));
    const direction = directions[factor] ?? vector;
    for (let at = 0; at < dimensions; at += 1) vector[at] = (vector[at] ?? 0) + strength * (direction[at] ?? 0);
  }
  return vector;
}

/** Numbers of a linear congruential generator (Numerical Recipes), -0.5 to 0.5. */
function randomVector(seed: number, length: number): Float32Array {
  let state = Math.imul(seed, 2_654_435_761) >>> 0;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  });
}

/** For each question the fastest of several searches, which a busy machine disturbs least; quantiles over the questions. */
function timed(search: (question: string, at: number) => unknown): { readonly p50Ms: number; readonly p95Ms: number } {
  const timesMs = questions.map(() => Infinity);
  for (let pass = 0; pass < passes; pass += 1) {
    for (const [at, question] of questions.entries()) {
      const startedAt = performance.now();
      search(question, at);
      timesMs[at] = Math.min(timesMs[at] ?? Infinity, performance.now() - startedAt);
    }
  }
  timesMs.sort((a, b) => a - b);
  const quantile = (share: number): number => round(timesMs[Math.floor(timesMs.length * share)] ?? 0);
  return { p50Ms: quantile(0.5), p95Ms: quantile(0.95) };
}

/** Processor time of this thread in steps of some milliseconds: what a long work takes on a machine that does nothing else. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function memory(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
