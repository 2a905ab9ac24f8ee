import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '@heliosiq/heliosiq/config.ts';
import { startProcess } from '../support/program-process.ts';
import type { ProgramProcess } from '../support/program-process.ts';
import { settled } from '../support/settled.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);
const stack = new AsyncDisposableStack();
let folder: string;
let program: ProgramProcess;

function page(name: string): string {
  return readFileSync(join(import.meta.dirname, '..', '..', 'docs', name), 'utf8');
}

function start(): Promise<ProgramProcess> {
  return startProcess(join(folder, 'data'), {
    HELIOS_LIMITS_SAMPLES_PER_SECOND: '50',
    HELIOS_LIMITS_SERIES_MAX: '3',
    HELIOS_LIMITS_BYTES_PER_DAY: '20000',
  });
}

beforeAll(async () => {
  folder = stack.use(await temporaryFolder()).path;
  program = await start();
  stack.defer(async () => void (await program.end('SIGTERM')));
});

afterAll(() => stack.disposeAsync());

function post(path: string, contentType: string, body: string): Promise<Response> {
  const headers = { authorization: `Bearer ${program.adminKey ?? adminKey}`, 'content-type': contentType };
  return fetch(`${program.url}${path}`, { method: 'POST', headers, body });
}

let adminKey = '';

function samples(metrics: readonly string[], at: number): string {
  return JSON.stringify(metrics.map((metric) => ({ kind: 'sample', asset: 'web', metric, at, value: 1 })));
}

async function refused(reason: string): Promise<number> {
  const response = await fetch(`${program.url}/metrics`, { headers: { authorization: `Bearer ${adminKey}` } });
  const text = await response.text();
  return Number(
    new RegExp(`heliosiq_ingest_refused_total\\{[^}]*reason="${reason}"[^}]*\\} (\\d+)`).exec(text)?.[1] ?? 0,
  );
}

/** Does work that tells days apart; once more where midnight (UTC) came into it. */
async function withinOneDay(work: () => Promise<void>): Promise<void> {
  const dayOf = (at: number): number => Math.floor(at / 86_400_000);
  const day = dayOf(Date.now());
  const outcome = await work().then(
    () => 'right' as const,
    (fault: unknown) => ({ fault }),
  );
  if (dayOf(Date.now()) !== day) return work();
  if (outcome !== 'right') throw outcome.fault;
}

describe('limits of a tenant', () => {
  it('of series let known series go on, store no new ones, and say who was refused', async () => {
    adminKey = program.adminKey ?? '';
    const at = Date.now() - 60_000;
    expect((await post('/api/v1/signals', 'application/json', samples(['a', 'b'], at))).status).toBe(202);
    await post('/api/v1/signals', 'application/json', samples(['a', 'c', 'd', 'e'], at + 1000));
    await post('/api/v1/signals', 'application/json', samples(['a', 'b', 'c', 'd'], at + 2000));
    const client = program.client(adminKey);
    await settled(client);
    const { series } = await client.call('listSeries', { query: { asset: 'web' } });
    expect(series.map((one) => [one.series.metric, one.samples])).toEqual([
      ['a', 3],
      ['b', 2],
      ['c', 2],
    ]);
    expect(await refused('series-max')).toBe(3);
  });

  it('of samples per second are answered 429 with the time to wait, after which the same request is taken', async () => {
    const lines = Array.from({ length: 2000 }, (_, index) => `{"msg":"${index}"}`).join('\n');
    expect(
      (await post('/api/v1/logs', 'application/x-ndjson', lines.slice(0, lines.indexOf('"1000"') - 8))).status,
    ).toBe(202);
    const answer = await post('/api/v1/logs', 'application/x-ndjson', '{"msg":"x"}');
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await answer.json()).toMatchObject({ code: 'rate-limited' });
    expect(await refused('samples-per-second')).toBeGreaterThan(0);
    const isTaken = async () => (await post('/api/v1/logs', 'application/x-ndjson', '{"msg":"x"}')).status;
    await expect.poll(isTaken, { timeout: 90_000, interval: 500 }).toBe(202);
  });

  it('of bytes per day hold over a restart', async () => {
    const line = `{"msg":"${'x'.repeat(20_000)}"}`;
    const status = async () => (await post('/api/v1/logs', 'application/x-ndjson', line)).status;
    await withinOneDay(async () => {
      await expect.poll(status, { timeout: 90_000, interval: 500 }).toBe(202);
      expect(await status()).toBe(429);
      expect(await program.end('SIGTERM')).toBe(0);
      program = await start();
      const answer = await post('/api/v1/logs', 'application/x-ndjson', line);
      expect(answer.status).toBe(429);
      expect(await answer.json()).toMatchObject({ detail: expect.stringContaining('20000 bytes of today') });
      expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(3600);
    });
  });
});

describe('the pages', () => {
  it.each(['configure/limits.md', 'configure/pipeline.md', 'setup/syslog.md'])(
    '%s: every file is valid',
    async (name) => {
      for (const [, yaml = ''] of page(name).matchAll(/```yaml\n([^]*?)```/g)) {
        const file = join(folder, 'page.yaml');
        await writeFile(file, yaml);
        expect(loadConfig({ environment: {}, file })).toMatchObject({ ok: true });
      }
    },
  );

  it('setup/log-lines.md: the commands send logs', async () => {
    await using data = await temporaryFolder();
    const open = await startProcess(join(data.path, 'data'));
    const script = [...page('setup/log-lines.md').matchAll(/```sh\n([^]*?)```/g)]
      .map((match) => match[1] ?? '')
      .join('\necho\n');
    const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 13);
    const file = join(data.path, 'app.log');
    await writeFile(file, 'ERROR disk is full\nall is well\n');
    const { stdout } = await run(
      'bash',
      [
        '-c',
        script
          .replaceAll('http://127.0.0.1:7070', open.url)
          .replaceAll('2026-11-21T10', yesterday)
          .replace('/var/log/app.log', file),
      ],
      {
        env: { PATH: '/usr/bin:/bin', HELIOS_KEY: open.adminKey ?? '' },
      },
    );
    expect(
      stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([
      { accepted: 2, rejectedTotal: 0 },
      { accepted: 2, rejectedTotal: 0 },
    ]);
    expect(await open.end('SIGTERM')).toBe(0);
  });
});
