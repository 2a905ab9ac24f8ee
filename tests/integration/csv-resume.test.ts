import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHoldingProxy } from '../support/holding-proxy.ts';
import { runCommand, startProcess } from '../support/program-process.ts';
import type { ProgramProcess } from '../support/program-process.ts';
import { settled } from '../support/settled.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const mainFile = join(import.meta.dirname, '..', '..', 'packages', 'heliosiq', 'src', 'main.ts');
const stack = new AsyncDisposableStack();
const rows = 60_000;
const firstAt = Math.floor(Date.now() / 1000) * 1000 - rows * 1000;
let folder: string;
let program: ProgramProcess;

beforeAll(async () => {
  folder = stack.use(await temporaryFolder()).path;
  program = await startProcess(join(folder, 'data'));
  stack.defer(async () => void (await program.end('SIGTERM')));
});

afterAll(() => stack.disposeAsync());

function csv(count: number, from = 0): string {
  const lines = Array.from({ length: count }, (_, index) => `${firstAt + (from + index) * 1000},${from + index}`);
  return `${lines.join('\n')}\n`;
}

function environment(url = program.url): Record<string, string> {
  return { HELIOS_URL: url, HELIOS_KEY: program.adminKey ?? '' };
}

function ingest(files: readonly string[], asset: string, ...more: readonly string[]) {
  const args = [
    'ingest',
    'csv',
    ...files,
    '--map',
    `time=ts,asset:=${asset},metric:=level,value=value`,
    '--json',
    ...more,
  ];
  return runCommand(args, environment());
}

/** How often each second of the file is stored. */
async function countsOf(asset: string, count: number): Promise<readonly (number | undefined)[]> {
  const client = program.client(program.adminKey ?? '');
  await settled(client);
  const counted = new Map<number, number>();
  for (let from = firstAt; from < firstAt + count * 1000; from += 10_000_000) {
    const query = { asset, metric: 'level', from: String(from), to: String(from + 10_000_000), stepMs: '1000' };
    const { series } = await client.call('readSeries', { query });
    for (const { times, count: counts } of series)
      times.forEach((time, index) => counted.set(time, counts[index] ?? 0));
  }
  return Array.from({ length: count }, (_, index) => counted.get(firstAt + index * 1000));
}

function expectEachOnce(counts: readonly (number | undefined)[]): void {
  expect(counts.filter((count) => count !== 1)).toEqual([]);
}

describe('a CSV file that is sent', () => {
  it('goes on after kill -9 in the middle, and every row is stored exactly once', async () => {
    const file = join(folder, 'killed.csv');
    await writeFile(file, `ts,value\n${csv(rows)}`);
    const map = 'time=ts,asset:=killed,metric:=level,value=value';
    // It is killed while its third request is stored but not answered.
    await using proxy = await openHoldingProxy(program.url, 2);
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', mainFile, 'ingest', 'csv', file, '--map', map],
      {
        env: { ...process.env, ...environment(proxy.url) },
        stdio: 'ignore',
      },
    );
    const ended = once(child, 'exit');
    await expect.poll(proxy.held, { timeout: 90_000 }).toBe(1);
    child.kill('SIGKILL');
    await ended;
    proxy.release();
    const state: unknown = JSON.parse(await readFile(`${file}.heliosiq-resume`, 'utf8'));
    expect(JSON.stringify(state)).not.toContain(program.adminKey);

    const run = await runCommand(['ingest', 'csv', file, '--map', map, '--json'], environment(proxy.url));
    expect(run.stderr).toContain('going on after line');
    expect(run.code).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({ accepted: rows, rejected: 0, isWhole: true });
    expectEachOnce(await countsOf('killed', rows));
    expect(existsSync(`${file}.heliosiq-resume`)).toBe(false);
  });

  it('packed by gzip or Zstandard, in several files and by standard input, is stored alike', async () => {
    const parts = [join(folder, 'a.csv.gz'), join(folder, 'b.csv.zst')] as const;
    await writeFile(parts[0], gzipSync(`ts,value\n${csv(7000)}`));
    await writeFile(parts[1], zstdCompressSync(`ts,value\n${csv(7000, 7000)}`));
    expect(JSON.parse((await ingest(parts, 'packed')).stdout)).toMatchObject({ accepted: 14_000, rejected: 0 });
    const child = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        mainFile,
        'ingest',
        'csv',
        '-',
        '--map',
        'time=ts,asset:=packed,metric:=level,value=value',
      ],
      {
        env: { ...process.env, ...environment() },
        stdio: ['pipe', 'ignore', 'ignore'],
      },
    );
    const ended = once(child, 'exit');
    child.stdin.end(gzipSync(`ts,value\n${csv(1000, 14_000)}`));
    expect(await ended).toEqual([0, null]);
    expectEachOnce(await countsOf('packed', 15_000));
  });

  it('with --resume sends only what was added since, and a file that was replaced from its beginning', async () => {
    const file = join(folder, 'growing.csv');
    const state = join(folder, 'state.json');
    await writeFile(file, `ts,value\n${csv(6000)}`);
    expect(JSON.parse((await ingest([file], 'growing', '--resume', state)).stdout)).toMatchObject({ accepted: 6000 });
    await appendFile(file, csv(500, 6000));
    const added = await ingest([file], 'growing', '--resume', state);
    expect(added.stderr).toContain('going on after line 6001');
    expect(JSON.parse(added.stdout)).toMatchObject({ accepted: 6500 });
    await writeFile(file, `ts,value\nbad,1\n${csv(10, 6500)}`);
    const replaced = await ingest([file], 'growing', '--resume', state);
    expect(replaced.stderr).toContain('another file');
    expect(JSON.parse(replaced.stdout)).toMatchObject({ accepted: 10, rejected: 1, problems: [{ line: 2 }] });
    expect(replaced.code).toBe(2);
    expectEachOnce(await countsOf('growing', 6510));
  });

  it('is sent again while the server says 429 or 503, after the time that it asks for, and stops on Ctrl-C', async () => {
    const answers = [429, 503, 202, 429, 202];
    const bodies: string[] = [];
    const stopped = { at: 0 };
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const status = answers.shift() ?? 429;
        if (answers.length === 0 && status === 429) stopped.at += 1;
        if (status === 202) bodies.push(body);
        const { length } = JSON.parse(body) as unknown[];
        const problem = {
          requestId: 'r1',
          type: 'about:blank',
          title: 'wait',
          status,
          code: status === 429 ? 'rate-limited' : 'unavailable',
        };
        response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '0.05' });
        response.end(JSON.stringify(status === 202 ? { accepted: length, rejectedTotal: 0, rejected: [] } : problem));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    stack.defer(async () => {
      server.close();
      await once(server, 'close');
    });
    const { port } = server.address() as AddressInfo; // it listens on a port
    const file = join(folder, 'patient.csv');
    await writeFile(file, `ts,value\n${csv(12_000)}`);
    const args = [
      '--disable-warning=ExperimentalWarning',
      mainFile,
      'ingest',
      'csv',
      file,
      '--json',
      '--url',
      `http://127.0.0.1:${port}`,
    ];
    const child = spawn(process.execPath, [...args, '--map', 'time=ts,asset:=p,metric:=level,value=value'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    const ended = once(child, 'close');
    await expect.poll(() => stopped.at, { timeout: 90_000 }).toBeGreaterThan(0);
    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
    expect(JSON.parse(stdout)).toMatchObject({ accepted: 10_000, isWhole: false });
    expect(bodies.map((body) => (JSON.parse(body) as unknown[]).length)).toEqual([5000, 5000]);
    expect(JSON.parse(await readFile(`${file}.heliosiq-resume`, 'utf8'))).toMatchObject({ version: 1 });
  });
});
