/** The `answers` board: whether questions over documents are answered with the right facts and sources, and else not at all. */

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createMemoryAnswerRatingStore } from '@heliosiq/adapters/memory/answer-rating-store.ts';
import { createMemoryAnomalyStore } from '@heliosiq/adapters/memory/anomaly-store.ts';
import { createMemoryDiagnosisStore } from '@heliosiq/adapters/memory/diagnosis-store.ts';
import { createMemoryDocumentStore } from '@heliosiq/adapters/memory/document-store.ts';
import { createMemoryIncidentStore } from '@heliosiq/adapters/memory/incident-store.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { createMemoryTopologyStore } from '@heliosiq/adapters/memory/topology-store.ts';
import { createCopilot } from '@heliosiq/copilot';
import { createKnowledge } from '@heliosiq/knowledge';
import { checkGrounding } from '@heliosiq/knowledge/grounding.ts';
import { readSourceFile } from '@heliosiq/knowledge/sources/source-file.ts';
import { type Answer, HeliosError, type Principal, TenantId } from '@heliosiq/model';
import { type AnswerCase, readAnswerSet } from './answer-set.ts';

export interface AnswersBoardOptions {
  /** The file of questions; those over the shipped runbooks when absent. */
  readonly setFile?: string;
  /** A folder of documents to answer from; the shipped runbooks when absent. */
  readonly dataDir?: string;
  /** Where `answers.jsonl` is written. */
  readonly outDir?: string;
}

/** The questions over the runbooks that every tenant starts with. */
export const SHIPPED_ANSWER_SET = new URL('../../../knowledge/answers/seeded-runbooks.jsonl', import.meta.url);

/** What the shipped set must reach; the board fails below. */
export const ANSWER_THRESHOLDS = {
  /** Questions of the set that are answered. */
  answered: 0.95,
  /** Of all questions that have an answer: those whose answer holds every expected fact. */
  facts: 0.85,
  /** Those that cite the expected document. */
  sources: 0.92,
  /** Of the questions without an answer: those to which the answer is that it is not known. */
  refused: 0.9,
  /** Sentences of known answers that are cited, and quotes that equal the stored span. */
  cited: 1,
  quotesExact: 1,
} as const;

type Measure = keyof typeof ANSWER_THRESHOLDS;

export type AnswersBoardResult = {
  readonly board: 'answers';
  readonly set: string;
  readonly items: number;
  readonly seconds: number;
  readonly rssMib: number;
  readonly settings: unknown;
  /** Mean squared difference of confidence and outcome (Brier), over all questions. */
  readonly brier: number;
  readonly p95Ms: number;
  /** Measures below their threshold. */
  readonly missed: readonly Measure[];
  /** Questions that were not answered as expected, at most 50. */
  readonly wrong: readonly string[];
} & Readonly<Record<Measure, number>>;

interface Judged {
  readonly case: AnswerCase;
  readonly answer: Answer;
  readonly exact: readonly boolean[];
  readonly tookMs: number;
}

const tenantId = TenantId.parse('board');
const asker: Principal = { tenantId, actor: 'board', role: 'viewer' };
const now = Date.UTC(2026, 0, 1);

/** Asks every question of the set over an otherwise empty installation, and scores the answers. */
export async function runAnswersBoard({ setFile, dataDir, outDir }: AnswersBoardOptions): Promise<AnswersBoardResult> {
  const startedAt = performance.now();
  const cases = await readAnswerSet(setFile ?? SHIPPED_ANSWER_SET);
  const documents = createMemoryDocumentStore();
  const library = createKnowledge({ documents, state: createMemoryStateStore(), now: () => now });
  if (dataDir === undefined) await library.seed(tenantId);
  else await addFolder(library, dataDir);
  const copilot = createCopilot({
    incidents: createMemoryIncidentStore(),
    anomalies: createMemoryAnomalyStore(),
    diagnoses: createMemoryDiagnosisStore(),
    topology: createMemoryTopologyStore(),
    ratings: createMemoryAnswerRatingStore(),
    search: library,
    checkGrounding,
    logger: createMemoryLogger(),
    meter: createMemoryMeter(),
    now: () => now,
  });
  const judged: Judged[] = [];
  for (const one of cases) {
    const askedAt = performance.now();
    const answer = await copilot.ask(asker, { text: one.question }, AbortSignal.timeout(60_000));
    const tookMs = performance.now() - askedAt;
    const exact = await Promise.all(
      answer.citations.map(async ({ document, quote }) => {
        const stored = document && (await documents.get(tenantId, document.id));
        return stored?.text.slice(document?.span.start, document?.span.end) === quote;
      }),
    );
    judged.push({ case: one, answer, exact, tookMs });
  }
  if (outDir !== undefined) {
    await mkdir(outDir, { recursive: true });
    const lines = judged.map(({ answer }) => `${JSON.stringify(answer)}\n`);
    await writeFile(join(outDir, 'answers.jsonl'), lines.join(''));
  }
  return {
    board: 'answers',
    set: basename(setFile ?? SHIPPED_ANSWER_SET.pathname),
    items: cases.length,
    seconds: round((performance.now() - startedAt) / 1000),
    rssMib: round(process.memoryUsage.rss() / 2 ** 20),
    settings: { documents: dataDir ?? 'shipped runbooks' },
    ...scored(judged),
  };
}

function scored(judged: readonly Judged[]) {
  const answerable = judged.filter((each) => 'facts' in each.case);
  const others = judged.filter((each) => !('facts' in each.case));
  const share = (some: readonly Judged[], is: (each: Judged) => boolean): number =>
    some.length === 0 ? 1 : round(some.filter(is).length / some.length);
  const isRight = (each: Judged): boolean =>
    'facts' in each.case ? holdsFacts(each) && cites(each) : !each.answer.known;
  const sentences = judged.flatMap(({ answer }) => (answer.known ? answer.sentences : []));
  const quotes = judged.flatMap(({ exact }) => exact);
  const measures: Record<Measure, number> = {
    answered: share(answerable, ({ answer }) => answer.known),
    facts: share(answerable, holdsFacts),
    sources: share(answerable, cites),
    refused: share(others, ({ answer }) => !answer.known),
    cited: round(sentences.filter(({ citations }) => citations.length > 0).length / Math.max(1, sentences.length)),
    quotesExact: round(quotes.filter(Boolean).length / Math.max(1, quotes.length)),
  };
  const errors = judged.map((each) => ((each.answer.confidence ?? 0) - ('facts' in each.case ? 1 : 0)) ** 2);
  const timesMs = judged.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  return {
    ...measures,
    brier: round(errors.reduce((sum, error) => sum + error, 0) / errors.length),
    p95Ms: round(timesMs[Math.floor(timesMs.length * 0.95)] ?? 0),
    // The names of an object whose keys are the measures.
    missed: (Object.keys(ANSWER_THRESHOLDS) as Measure[]).filter((name) => measures[name] < ANSWER_THRESHOLDS[name]),
    wrong: judged
      .filter((each) => !isRight(each))
      .map((each) => each.case.question)
      .slice(0, 50),
  };
}

function holdsFacts({ case: one, answer }: Judged): boolean {
  const text = plain(answer.text);
  return 'facts' in one && one.facts.every((fact) => text.includes(plain(fact)));
}

function cites({ case: one, answer }: Judged): boolean {
  return 'source' in one && answer.citations.some(({ document }) => document?.source === one.source);
}

function plain(text: string): string {
  return text.replace(/\s+/g, ' ').toLowerCase();
}

async function addFolder(library: ReturnType<typeof createKnowledge>, folder: string): Promise<void> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  for (const entry of names.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(entry.parentPath, entry.name);
    const read = await readSourceFile(path, new Uint8Array(await readFile(path)));
    if (!read.ok) throw new HeliosError('invalid-request', `${path}: ${read.reason}`);
    await library.add(tenantId, { source: path.slice(folder.length).replace(/^\/+/, ''), ...read.value });
  }
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
