import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { seededRandom } from '../seeded-random.ts';
import { runRcdBoard } from './rcd.ts';

const SERVICES = ['carts', 'orders', 'user'];
let root = '';

/** Rows of three services' processor use; `troubled` works ten times as hard. */
function recording(
  rows: number,
  { startS, troubled }: { readonly startS: number; readonly troubled?: string },
): string {
  const random = seededRandom(startS);
  const names = [
    'time',
    ...SERVICES.flatMap((service) => [`${service}_cpu`, `${service}_lat_99`]),
    'carts-db_cpu',
    'user_mem',
  ];
  const body = Array.from({ length: rows }, (_, row) => {
    const cpu = (service: string): string => ((service === troubled ? 10 : 1) * (1 + 0.2 * random())).toFixed(4);
    return [startS + row, ...SERVICES.flatMap((service) => [cpu(service), 1]), row % 7 === 3 ? '' : cpu('db'), 5].join(
      ',',
    );
  });
  return [names.join(','), ...body].join('\n');
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rcd-board-'));
  for (const [index, service] of ['orders', 'user'].entries()) {
    const folder = join(root, 'data', `${service}-cpu`, '1');
    mkdirSync(folder, { recursive: true });
    const startS = 1_700_000_000 + index * 10_000;
    writeFileSync(join(folder, 'normal.csv'), recording(200, { startS }));
    writeFileSync(join(folder, 'anomalous.csv'), recording(200, { startS: startS + 300_000, troubled: service }));
  }
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

test.each([0, 60])(
  'finds the service at fault when that is noticed %i s late, and writes what it ranked',
  async (delayS) => {
    const outDir = join(root, 'out');
    const result = await runRcdBoard({ dataDir: root, outDir, delayS });
    expect(result).toMatchObject({ board: 'rcd', items: 2, acAt1: 1, avgAt5: 1, settings: { delayS }, specificity: 1 });
    const lines = readFileSync(join(outDir, 'rankings.jsonl'), 'utf8').trim().split('\n');
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
      { case: 'orders-cpu/1', ranking: expect.arrayContaining(['orders', 'carts', 'user']) },
      { case: 'user-cpu/1' },
    ]);
  },
);

test('names the file that is malformed, and the folder that holds none', async () => {
  const file = join(root, 'data', 'user-cpu', '1', 'anomalous.csv');
  writeFileSync(file, 'time,carts_cpu\n1,2\n3\n');
  await expect(runRcdBoard({ dataDir: root })).rejects.toThrow(`${file}: line 3 has 1 fields instead of 2`);
  const empty = join(root, 'empty');
  mkdirSync(empty);
  await expect(runRcdBoard({ dataDir: empty })).rejects.toThrow(`${empty}: holds no folder with normal.csv`);
});
