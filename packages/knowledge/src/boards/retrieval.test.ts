import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { measureRanking } from './ranking-metrics.ts';
import { runRetrievalBoard } from './retrieval.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const complete = {
  'corpus.jsonl':
    '{"_id":"d1","text":"pump seal leak"}\n{"_id":"d2","title":"Valve","text":"stuck"}\n{"_id":"d3","text":"pump"}\n',
  'queries.jsonl': '{"_id":"q1","text":"leaking seals"}\n{"_id":"q2","text":"valves"}\n{"_id":"q3","text":"pump"}\n',
  'qrels.tsv': 'q1\td1\t1\nq2\td2\t2\nq2\td3\t1\n',
};

function collection(change: Readonly<Record<string, string | undefined>> = {}): string {
  const parent = mkdtempSync(join(tmpdir(), 'heliosiq-board-'));
  folders.push(parent);
  const folder = join(parent, 'small-set');
  mkdirSync(folder);
  for (const [name, content] of Object.entries({ ...complete, ...change })) {
    if (content !== undefined) writeFileSync(join(folder, name), content);
  }
  return folder;
}

describe('runRetrievalBoard', () => {
  it('writes every ranking and scores the judged queries', async () => {
    const dataDir = collection();
    const outDir = join(dataDir, 'out', 'deep');
    const result = await runRetrievalBoard({ dataDir, outDir, mode: 'lexical' });
    expect(result).toMatchObject({
      board: 'retrieval',
      set: 'small-set',
      items: 2,
      documents: 3,
      mrr: 1,
      hitAt1: 1,
      map: 0.75,
    });
    const lines = readFileSync(join(outDir, 'run.trec'), 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => line.split(' ').filter((_, column) => column !== 4))).toEqual([
      ['q1', 'Q0', 'd1', '1', 'heliosiq-lexical'],
      ['q2', 'Q0', 'd2', '1', 'heliosiq-lexical'],
      ['q3', 'Q0', 'd3', '1', 'heliosiq-lexical'],
      ['q3', 'Q0', 'd1', '2', 'heliosiq-lexical'],
    ]);
  });

  it('gives the same rankings again', async () => {
    const dataDir = collection();
    for (const name of ['a', 'b']) await runRetrievalBoard({ dataDir, outDir: join(dataDir, name), mode: 'lexical' });
    expect(readFileSync(join(dataDir, 'a/run.trec'), 'utf8')).toBe(readFileSync(join(dataDir, 'b/run.trec'), 'utf8'));
  });

  it.each([
    ['a missing corpus', { 'corpus.jsonl': undefined }, /corpus\.jsonl: cannot be read \(ENOENT\)$/],
    [
      'broken JSON',
      { 'corpus.jsonl': '{"_id":"a","text":"b"}\n{"_id":' },
      /corpus\.jsonl: line 2 is not a JSON object$/,
    ],
    ['a query without text', { 'queries.jsonl': '{"_id":"q1"}' }, /queries\.jsonl: line 1 has no "text"$/],
    ['an id twice', { 'queries.jsonl': '{"_id":"q","text":"a"}\n{"_id":"q","text":"b"}' }, /line 2 repeats "_id" q$/],
    ['a judgement without grade', { 'qrels.tsv': 'q1\td1' }, /qrels\.tsv: line 1 is not/],
    ['no judgement that fits', { 'qrels.tsv': 'q9\td1\t1' }, /qrels\.tsv: judges none of the queries/],
    ['an empty file', { 'qrels.tsv': '\n' }, /qrels\.tsv: is empty$/],
  ])('names the file in one line for %s', async (_, change, message) => {
    await expect(runRetrievalBoard({ dataDir: collection(change), mode: 'lexical' })).rejects.toThrow(message);
  });

  it('refuses a mode that it does not have', async () => {
    await expect(runRetrievalBoard({ dataDir: collection(), mode: 'fuzzy' })).rejects.toThrow(
      /mode "fuzzy" is not available/,
    );
    await expect(runRetrievalBoard({ dataDir: collection(), mode: 'hybrid' })).rejects.toThrow(/embedding model/);
  });
});

describe('measureRanking', () => {
  it('computes the measures of trec_eval on a ranking worked out by hand', () => {
    const grades = new Map([
      ['a', 2],
      ['b', 1],
      ['c', 1],
      ['n', 0],
    ]);
    const measures = measureRanking(['x', 'a', 'n', 'b'], grades);
    expect(measures.averagePrecision).toBeCloseTo((1 / 2 + 2 / 4) / 3, 10);
    expect(measures.ndcgAt10).toBeCloseTo((2 / Math.log2(3) + 1 / Math.log2(5)) / (2 + 1 / Math.log2(3) + 1 / 2), 10);
    expect(measures).toMatchObject({ reciprocalRank: 0.5, hitAt1: 0, hitAt5: 1, precisionAt30: 2 / 30 });
  });
});
