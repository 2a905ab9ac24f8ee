import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { seededRandom } from '../seeded-random.ts';
import { runInjectedPetshopBoard } from './petshop-injected.ts';
import { runPetshopBoard } from './petshop.ts';

const NODES = ['site', 'search', 'table', 'cart'];
const GRAPH = 'name,site,search,table,cart\nsite,0,1,0,1\nsearch,0,0,1,0\ntable,0,0,0,0\ncart,0,0,0,0\n';
const ROWS = 120;
const START_S = 1_700_000_000;

let root = '';

/** A recording of four nodes; `delayS` is added to the latency of table and of all above it in rows 1 to 3. */
function recording(
  rows: number,
  options: { readonly startS: number; readonly seed: number; readonly delayS?: number },
): string {
  const random = seededRandom(options.seed);
  const header = [
    ['microservice', ...NODES, ...NODES],
    ['metric', ...NODES.map(() => 'latency'), ...NODES.map(() => 'requests')],
    ['statistic', ...NODES.map(() => 'Average'), ...NODES.map(() => 'Sum')],
    ['unix_timestamp', ...NODES.map(() => ''), ...NODES.map(() => '')],
  ];
  const body = Array.from({ length: rows }, (_, row) => {
    const delay = row >= 1 && row <= 3 ? (options.delayS ?? 0) : 0;
    const latency = (level: number, added: number) => (level * (0.95 + 0.1 * random()) + added).toFixed(6);
    return [
      options.startS + row * 300,
      latency(0.2, delay),
      latency(0.05, delay),
      latency(0.01, delay),
      latency(0.03, 0),
      100,
      100,
      100,
      100,
    ];
  });
  return [...header, ...body].map((row) => row.join(',')).join('\n');
}

function write(path: string, text: string): void {
  const file = join(root, 'dataset', path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'petshop-board-'));
  write('low_traffic/graph.csv', GRAPH);
  write('low_traffic/noissue/metrics.csv', recording(ROWS, { startS: START_S, seed: 1 }));
  const startS = START_S - 10_000_000;
  write('low_traffic/test1/issue_0/metrics.csv', recording(5, { startS, seed: 2, delayS: 0.2 }));
  const target = { node: 'site', metric: 'latency', agg: 'Average', timestamp: startS + 480 };
  write(
    'low_traffic/test1/issue_0/target.json',
    JSON.stringify({ target, root_cause: { node: 'table', metric: null } }),
  );
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

test('ranks cases of any split, by the folder or its dataset folder, and writes what it ranked', async () => {
  const out = join(root, 'out');
  const result = await runPetshopBoard({ dataDir: root, outDir: out });
  expect(result).toMatchObject({ board: 'petshop', items: 1, overall: { cases: 1, top1: 1, top3: 1 }, specificity: 1 });
  expect(result.groups['low_traffic latency']).toMatchObject({ top1: 1 });
  const [first] = readFileSync(join(out, 'rankings.jsonl'), 'utf8').split('\n');
  expect(JSON.parse(first ?? '')).toMatchObject({
    case: 'low_traffic/test1/issue_0',
    target: 'site',
    verdict: 'fault',
    ranking: ['table', 'site', 'search', 'cart'],
  });
  expect((await runPetshopBoard({ dataDir: join(root, 'dataset') })).overall).toEqual(result.overall);
});

test('writes the rankings without a look at the true causes', async () => {
  const target = { node: 'site', metric: 'latency', timestamp: START_S - 10_000_000 + 480 };
  write('low_traffic/test1/issue_0/target.json', JSON.stringify({ target }));
  const out = join(root, 'out');
  await expect(runPetshopBoard({ dataDir: root, outDir: out })).rejects.toThrow(/target\.json: has no root_cause/);
  expect(readFileSync(join(out, 'rankings.jsonl'), 'utf8')).toContain('"ranking":["table"');
});

test('names the file and the fault of malformed data', async () => {
  write('low_traffic/test1/issue_0/metrics.csv', recording(5, { startS: START_S, seed: 2 }).replace(/,100$/, ''));
  await expect(runPetshopBoard({ dataDir: root })).rejects.toThrow(
    /issue_0.metrics\.csv: line 9 has 8 fields instead of 9/,
  );
  await expect(runPetshopBoard({ dataDir: join(root, 'nowhere') })).rejects.toThrow(/nowhere: is not a folder/);
});

test('finds faults put into a quiet recording at every node the symptom depends on', async () => {
  const result = await runInjectedPetshopBoard({ dataDir: root });
  expect(Object.keys(result.nodes).sort()).toEqual(NODES.toSorted());
  expect(result.overall.top1).toBeGreaterThan(0.8);
});
