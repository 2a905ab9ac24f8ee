import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCommand, startProcess } from '../support/program-process.ts';
import type { ProgramProcess } from '../support/program-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('heliosiq lake, on a running program', () => {
  const stack = new AsyncDisposableStack();
  let program: ProgramProcess;
  let folder: string;
  let environment: Readonly<Record<string, string>>;
  const now = Date.now();

  beforeAll(async () => {
    const [data, out] = [stack.use(await temporaryFolder()), stack.use(await temporaryFolder())];
    folder = out.path;
    program = await startProcess(data.path);
    stack.defer(async () => void (await program.end('SIGTERM')));
    environment = { HELIOS_URL: program.url, HELIOS_KEY: program.adminKey ?? '' };
    const client = program.client(program.adminKey ?? '');
    const samples = Array.from({ length: 600 }, (_, index) => ({
      kind: 'sample',
      asset: 'pump',
      metric: 'speed',
      labels: { side: index % 2 === 0 ? 'left' : 'right' },
      unit: 'rpm',
      at: now - index * 1000,
      value: index / 4,
    }));
    const body = samples.map((sample) => JSON.stringify(sample)).join('\n');
    await client.call('sendSignals', { body }, { headers: { 'content-type': 'application/x-ndjson' } });
    await vi.waitFor(
      async () => {
        const { series } = await client.call('listLakeSeries', { query: {} });
        const stored = series.reduce((sum, one) => sum + one.samples, 0);
        if (stored !== 600) throw new Error(`${stored} samples are in the lake`);
      },
      { timeout: 90_000, interval: 200 },
    );
  });
  afterAll(() => stack.disposeAsync());

  const lake = (...words: readonly string[]) => runCommand(['lake', ...words], environment);

  it('tells figures for people and for programs', async () => {
    const words = await lake('stats');
    expect(words.stderr).toBe('');
    expect(words.stdout).toMatch(/series +2 \(2 active/);
    expect(words.stdout).toMatch(/sample +[\d.]+ [kM]B/);
    const stats = JSON.parse((await lake('stats', '--json')).stdout) as Record<string, unknown>;
    expect(stats).toMatchObject({ series: 2, samples: 600 });
    expect(Number(stats['bytesPerSample'])).toBeGreaterThan(0);
  });

  it('lists series by a selector, and what makes them many', async () => {
    const listed = await lake('series', 'speed{side=~"l.*"}');
    expect(listed.stdout).toContain('side="left"');
    expect(listed.stdout).not.toContain('side="right"');
    expect((await lake('series', 'nothing')).stdout.trim()).toBe('No series match.');
    expect((await lake('cardinality')).stdout).toMatch(/speed +side +2 +2/);
    const refused = await lake('series', 'speed[5m]');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('selector')]);
  });

  it('writes CSV to standard output and Parquet to a new file', async () => {
    const csv = (await lake('export', 'speed{side="left"}')).stdout.trim().split('\n');
    expect(csv[0]).toBe('time,asset,metric,unit,value,label.side');
    expect(csv).toHaveLength(301);
    const out = join(folder, 'speed.parquet');
    const told = await lake('export', '--since', '2h', '--out', out, '--json');
    expect(JSON.parse(told.stdout)).toEqual({ file: out, bytes: (await stat(out)).size });
    const bytes = await readFile(out);
    expect([bytes.subarray(0, 4).toString(), bytes.subarray(-4).toString()]).toEqual(['PAR1', 'PAR1']);
  });

  it('writes CSV that can be sent again, and changes nothing', async () => {
    const out = join(folder, 'again.csv');
    expect((await lake('export', '--out', out)).code).toBe(0);
    const map = 'time=time,asset=asset,metric=metric,value=value,unit=unit,label.side=label.side';
    const sent = await runCommand(['ingest', out, '--map', map], environment);
    expect([sent.code, sent.stdout]).toEqual([0, expect.stringContaining('600')]);
    const { stdout } = await lake('export');
    expect(stdout).toBe(await readFile(out, 'utf8'));
  });

  it('never writes over a file', async () => {
    const out = join(folder, 'kept.csv');
    await writeFile(out, 'mine');
    const refused = await lake('export', '--out', out);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('exists')]);
    expect(await readFile(out, 'utf8')).toBe('mine');
  });

  it('leaves no half a file when the server breaks off', async () => {
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/csv' });
      response.write('time,asset\n', () => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo; // a TCP server that listens
    const out = join(folder, 'half.csv');
    const failed = await runCommand([
      'lake',
      'export',
      '--out',
      out,
      '--url',
      `http://127.0.0.1:${port}`,
      '--key',
      'k',
    ]);
    server.close();
    expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('broke off')]);
    await expect(stat(out)).rejects.toThrow('ENOENT');
  });

  it.each([
    ['--since', 'yesterday'],
    ['--format', 'xml'],
  ])('says what is wrong with %s %s', async (flag, word) => {
    const refused = await lake('export', flag, word);
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toContain('cure');
  });
});
