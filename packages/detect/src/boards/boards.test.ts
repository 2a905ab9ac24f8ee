import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { START_MS, STEP_MS, createNormal } from '../testing/random-series.ts';
import { runEventsBoard } from './events.ts';
import { runLogPatternsBoard } from './log-patterns.ts';
import { runNabBoard } from './nab.ts';
import { runSkabBoard } from './skab.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'boards-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const put = (name: string, content: string | Buffer): void => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
};

const stamp = (row: number): string => new Date(START_MS + row * STEP_MS).toISOString().slice(0, 19).replace('T', ' ');
const isFault = (row: number): boolean => row >= 800 && row < 815;

/** 1,000 rows with a plain fault at row 800. */
function csv(labelled: boolean): string {
  const normal = createNormal(41);
  const rows = Array.from({ length: 1000 }, (_, row) => {
    const value = (isFault(row) ? 60 : 20) + normal();
    return `${stamp(row)},${value}${labelled ? `,${isFault(row) ? 1 : 0}` : ''}`;
  });
  return [`timestamp,value${labelled ? ',label' : ''}`, ...rows, ''].join('\n');
}

const windows = (file: string): string =>
  JSON.stringify({ [file]: [[`${stamp(790)}.000000`, `${stamp(830)}.000000`]] });

test('the nab board scores files of any name and writes one score a row, the same every time', async () => {
  put('data/anyCategory/any.csv', csv(false));
  put('windows.json', windows('anyCategory/any.csv'));
  const first = await runNabBoard({ dataDir: folder, outDir: join(folder, 'out') });
  expect(first).toMatchObject({ board: 'nab', items: 1 });
  expect(first.standard).toBeGreaterThan(80);
  const written = readFileSync(join(folder, 'out/anyCategory/any.csv'), 'utf8');
  expect(written.trim().split('\n').length).toBe(1001);
  expect(written.startsWith('timestamp,anomaly_score\n')).toBe(true);
  await runNabBoard({ dataDir: folder, outDir: join(folder, 'again') });
  expect(readFileSync(join(folder, 'again/anyCategory/any.csv'), 'utf8')).toBe(written);
});

test.each([
  ['a missing windows.json', (): void => {}, /windows\.json: is missing/],
  ['broken JSON', (): void => put('windows.json', '{'), /windows\.json: is not valid JSON/],
  ['a file without an entry', (): void => put('windows.json', '{}'), /windows\.json: has no entry for c\/a\.csv/],
  ['an entry without a file', (): void => put('windows.json', '{"c/b.csv": []}'), /names c\/b\.csv/],
  [
    'a value that is no number',
    (): void => put('data/c/a.csv', 'timestamp,value\n2026-01-01,x\n'),
    /a\.csv: line 2: "x"/,
  ],
  ['a missing column', (): void => put('data/c/a.csv', 'time,value\n1,1\n'), /no column "timestamp"/],
])('the nab board names the file at fault: %s', async (_, break_, message) => {
  put('data/c/a.csv', csv(false));
  break_();
  await expect(runNabBoard({ dataDir: folder })).rejects.toThrow(message);
});

test('the events board reads gzipped files at any depth, and missing values are no samples', async () => {
  put('a/b/c.csv.gz', gzipSync(csv(true).replace(/^(.* 00:15:00),[^,]*,/m, '$1,,')));
  const result = await runEventsBoard({ dataDir: folder, outDir: join(folder, 'out') });
  expect(result).toMatchObject({ board: 'events', items: 1, runs: 1, found: 1, recall: 1 });
  expect(readFileSync(join(folder, 'out/a/b/c.csv'), 'utf8')).toContain(`${stamp(3)},0,0\n`);
});

test('the events board names a folder without data', async () => {
  await expect(runEventsBoard({ dataDir: join(folder, 'nowhere') })).rejects.toThrow(
    /nowhere: there is no such folder/,
  );
});

test('the log-patterns board scores every system and writes what each line became', async () => {
  const rows = Array.from({ length: 40 }, (_, index) =>
    index % 2 === 0 ? `${index + 1},"user u${index} came, in 5 ms",E1` : `${index + 1},disk /dev/sd${index} failed,E2`,
  );
  put('Any/Any_structured.csv', ['LineId,Content,EventId', ...rows, ''].join('\n'));
  const result = await runLogPatternsBoard({ dataDir: folder, outDir: join(folder, 'out') });
  expect(result).toMatchObject({ board: 'log-patterns', items: 1, ga: 1, gaBySystem: { Any: 1 } });
  const written = readFileSync(join(folder, 'out/Any.csv'), 'utf8').trim().split('\n');
  expect(written[0]).toBe('LineId,EventId');
  expect(new Set(written.slice(1).map((line) => line.split(',')[1])).size).toBe(2);
});

test('the log-patterns board names a file without its columns', async () => {
  put('Any/Any_structured.csv', 'LineId,Text\n1,hello\n');
  await expect(runLogPatternsBoard({ dataDir: folder })).rejects.toThrow(/Any_structured\.csv: row 1 lacks/);
});

test('the skab board flags a shift of one sensor and writes the rows behind the first 400', async () => {
  const normal = createNormal(5);
  const rows = Array.from({ length: 900 }, (_, row) => {
    const isShifted = row >= 600 && row < 800;
    return `${stamp(row)};${(normal() + (isShifted ? 15 : 0)).toFixed(4)};${normal().toFixed(4)};${isShifted ? '1.0' : '0.0'};0.0`;
  });
  put('data/valve/0.csv', ['datetime;A;B;anomaly;changepoint', ...rows, ''].join('\r\n'));
  put(
    'data/free/free.csv',
    ['datetime;A;B', ...rows.map((row) => row.split(';').slice(0, 3).join(';')), ''].join('\n'),
  );
  const result = await runSkabBoard({ dataDir: folder, outDir: join(folder, 'out') });
  expect(result).toMatchObject({ board: 'skab', items: 1 });
  expect(result.f1).toBeGreaterThan(0.9);
  expect(result.farUnlabelled).toBeGreaterThan(0.3);
  const written = readFileSync(join(folder, 'out/valve/0.csv'), 'utf8').trim().split('\n');
  expect(written[0]).toBe('datetime,anomaly');
  expect(written.length).toBe(501);
});
