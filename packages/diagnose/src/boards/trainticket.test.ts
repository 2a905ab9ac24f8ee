import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runTrainTicketBoard } from './trainticket.ts';

const DAY = '2023-01-30';
const POD = { web: 'ts-web-service-5dc8d4f9fd-llznp', cart: 'ts-cart-service-866bd68c97-dzqgd' };
const NOTICED_S = 1_675_080_612;
let root = '';

function write(path: string, lines: readonly string[]): void {
  const file = join(root, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, lines.join('\n'));
}

/** Requests of web that call cart; the way there takes `wayMs`, and cart writes an error where it fails. */
function writeMinute(
  folder: string,
  minute: string,
  wish: { readonly wayMs?: number; readonly fails?: boolean } = {},
): void {
  const { wayMs = 2, fails = false } = wish;
  const spans: string[] = [];
  const logs: string[] = [];
  for (let index = 0; index < 30; index++) {
    const trace = `${minute}${index}`;
    const time = (ms: number): string => `${1_675_080_000_000 + index * 1000 + ms}000000`;
    const span = (id: string, parent: string, pod: string, operation: string, from: number, to: number): string =>
      [trace, id, parent, pod, operation, time(from), time(to), (to - from) * 1000].join(',');
    const backMs = 40 + wayMs;
    spans.push(
      span('a', 'root', POD.web, '/', 0, backMs + 5),
      span('b', 'a', POD.web, 'HTTP GET', 10, backMs),
      span('c', 'b', POD.cart, '/cart', 10 + wayMs, backMs),
    );
    const body = fails ? 'ERROR c.CartService#9 no cart' : 'INFO c.CartService#7 a cart, as ""ever""';
    logs.push(
      [
        time(12),
        time(12),
        'node',
        POD.cart,
        'server',
        trace,
        'c',
        `"{""log"":""${body.replaceAll('"', '\\"')}""}"`,
      ].join(','),
    );
  }
  write(`${folder}/${DAY}/trace/${minute}_trace.csv`, [
    'TraceID,SpanID,ParentID,PodName,OperationName,StartTimeUnixNano,EndTimeUnixNano,Duration',
    ...spans,
  ]);
  write(`${folder}/${DAY}/log/${minute}_log.csv`, [
    'Timestamp,TimeUnixNano,Node,PodName,Container,TraceID,SpanID,Log',
    ...logs,
  ]);
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trainticket-board-'));
  writeMinute('fault-free', '11_39');
  writeMinute('faults', '12_06', { wayMs: 400 });
  writeMinute('faults', '12_29', { fails: true });
  for (const pod of Object.values(POD)) {
    const rows = Array.from({ length: 30 }, (_, row) => {
      const atS = NOTICED_S - (29 - row) * 60;
      return [`t${row}`, atS, pod, 1 + (row % 3) * 0.1, 50].join(',');
    });
    write(`faults/${DAY}/metric/${pod}_metric.csv`, [
      'Time,TimeStamp,PodName,CpuUsageRate(%),NodeCpuUsageRate(%)',
      ...rows,
    ]);
  }
  const cases = ['12_06', '12_29'].map((minute, index) => ({
    case: `${DAY}/${minute}`,
    noticed_at: NOTICED_S + index * 1380,
    minutes: [minute],
  }));
  write(
    'cases.jsonl',
    cases.map((one) => JSON.stringify(one)),
  );
  write(
    'labels.jsonl',
    cases.map((one) => JSON.stringify({ case: one.case, service: 'ts-cart-service', kind: 'x' })),
  );
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

test('finds a slow way and a failing step in logs and traces, calls quiet halves no fault, and writes what it ranked', async () => {
  const outDir = join(root, 'out');
  const result = await runTrainTicketBoard({ dataDir: root, outDir });
  expect(result).toMatchObject({ board: 'trainticket', items: 2, asAt1: 1, quietItems: 2, specificity: 1 });
  const [first = ''] = readFileSync(join(outDir, 'rankings.jsonl'), 'utf8').split('\n');
  expect(JSON.parse(first)).toMatchObject({ case: `${DAY}/12_06`, ranking: ['ts-cart-service', 'ts-web-service'] });
});

test('names the file that is malformed', async () => {
  write(`faults/${DAY}/trace/12_29_trace.csv`, ['TraceID,SpanID', 'a,b']);
  await expect(runTrainTicketBoard({ dataDir: root })).rejects.toThrow('12_29_trace.csv: has no column ParentID');
  write('cases.jsonl', ['{}']);
  await expect(runTrainTicketBoard({ dataDir: root })).rejects.toThrow('cases.jsonl: line 1 has no case');
});
