import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runAlertRcaBoard } from './alert-rca.ts';

const START_S = 1_647_736_751;
const PLACES = ['cart-1', 'stock', 'node-1', 'cart-0'];
let root = '';

function write(path: string, content: unknown): void {
  const file = join(root, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
}

/** Alarms at the true places of the four cases; `cart-0` is noisy in every case. */
function alarms(): Record<string, unknown[]> {
  return Object.fromEntries(
    PLACES.map((place, id) => {
      const at = (seconds: number): string => String((START_S + id * 1000 + seconds) * 1000);
      const placed = place === 'stock' ? ['stock-0', 'stock-1'] : [place];
      return [
        id,
        [
          [at(10), 'cart-0', 'node-1', 'container_threads', 'up'],
          ...placed.map((pod) => [at(5), pod, null, `container_cpu_${id}`, 'up']),
        ],
      ];
    }),
  );
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'alert-board-'));
  const pods = ['cart-0', 'cart-1', 'stock-0', 'stock-1'];
  const edges = pods.flatMap((pod) => [
    { source: pod, target: pod.slice(0, -2), label: 'instance_of' },
    { source: pod, target: 'node-1', label: 'hosted_on' },
  ]);
  const nodes = [
    ...pods.map((id) => ({ id, type: 'Service_Instance' })),
    ...['cart', 'stock'].map((id) => ({ id, type: 'Service' })),
    { id: 'node-1', type: 'Host' },
  ];
  write('graphs/original/shop/shop-KG.json', { nodes, edges });
  write('alerts/shop/metric/metrics.json', alarms());
  write('alerts/shop/log/logs.json', {});
  const rows = PLACES.map((place, id) => {
    const from = START_S + id * 1000;
    return `${id},pod,${place},x,${from},${from + 540},540,2022-03-20 08:${String(39 + id * 16).padStart(2, '0')}:11`;
  });
  const names =
    'fault_id,fault_level,fault_entity,fault_type,fault_st_time,fault_ed_time,fault_duration,fault_datetime';
  write('alerts/shop/label.csv', [names, ...rows].join('\n'));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

test('finds part, whole and host from alarms alone, and writes what it ranked', async () => {
  const outDir = join(root, 'out');
  const result = await runAlertRcaBoard({ dataDir: root, outDir });
  expect(result).toMatchObject({ board: 'alert-rca', items: 4, hitAt1: 1 });
  const lines = readFileSync(join(outDir, 'rankings.jsonl'), 'utf8').trim().split('\n');
  expect(JSON.parse(lines[1] ?? '')).toMatchObject({
    case: 'shop/1',
    ranking: ['stock', 'stock-0', 'stock-1', 'cart-0', 'cart'],
  });
});

test('the answers take no part in the ranking', async () => {
  const outDir = join(root, 'out');
  await runAlertRcaBoard({ dataDir: root, outDir });
  const before = readFileSync(join(outDir, 'rankings.jsonl'), 'utf8');
  const file = join(root, 'alerts/shop/label.csv');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/,(cart-1|stock|node-1|cart-0),x,/g, ',nowhere,x,'));
  expect((await runAlertRcaBoard({ dataDir: root, outDir })).hitAt1).toBe(0);
  expect(readFileSync(join(outDir, 'rankings.jsonl'), 'utf8')).toBe(before);
});

test('names the file that is malformed or missing', async () => {
  write('alerts/shop/metric/metrics.json', { 0: [['soon', 'cart-0', null, 'cpu', 'up']] });
  await expect(runAlertRcaBoard({ dataDir: root })).rejects.toThrow('metrics.json: case 0 has an alarm without a time');
  rmSync(join(root, 'graphs'), { recursive: true });
  await expect(runAlertRcaBoard({ dataDir: root })).rejects.toThrow('shop-KG.json: is missing');
});
