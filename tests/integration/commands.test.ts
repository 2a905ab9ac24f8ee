import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand, startProcess } from '../support/program-process.ts';
import type { FinishedRun, ProgramProcess } from '../support/program-process.ts';
import { settled } from '../support/settled.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const stack = new AsyncDisposableStack();
let folder: string;
let program: ProgramProcess;

beforeAll(async () => {
  folder = stack.use(await temporaryFolder()).path;
  program = await startProcess(join(folder, 'data'));
  stack.defer(async () => void (await program.end('SIGTERM')));
});
afterAll(() => stack.disposeAsync());

/** A client command against the program, with its admin key. */
function heliosiq(...args: readonly string[]): Promise<FinishedRun> {
  return runCommand(args, { HELIOS_URL: program.url, HELIOS_KEY: program.adminKey ?? '' });
}

async function json(...args: readonly string[]): Promise<unknown> {
  const run = await heliosiq(...args, '--json');
  expect(run.stderr).toBe('');
  expect(run.code).toBe(0);
  return JSON.parse(run.stdout);
}

describe('the command line against a running program', () => {
  it('ingests a CSV file by a map, names bad rows with their line, and exits 2 for them', async () => {
    const file = join(folder, 'cpu.csv');
    const rows = Array.from(
      { length: 50 },
      (_, index) => `${Date.now() - (60 - index) * 60_000},host-${index % 2},${40 + index / 10}`,
    );
    await writeFile(file, ['ts,host,usage', ...rows, 'yesterday,host-1,40', `${Date.now()},host-1,much`].join('\n'));
    const run = await heliosiq(
      'ingest',
      file,
      '--map',
      'time=ts,asset=host,metric:=cpu_usage,value=usage,unit:=%',
      '--json',
    );
    expect(run.code).toBe(2);
    expect(JSON.parse(run.stdout)).toMatchObject({
      accepted: 50,
      rejected: 2,
      problems: [{ line: 52 }, { line: 53 }],
    });
    await settled(program.client(program.adminKey ?? ''));
    const catalogue = await program
      .client(program.adminKey ?? '')
      .call('listSeries', { query: { metric: 'cpu_usage' } });
    expect(catalogue.series.map(({ series, samples }) => [series.asset, series.unit, samples])).toEqual([
      ['host-0', '%', 25],
      ['host-1', '%', 25],
    ]);
  });

  it('says what is wrong with a map, and what a map looks like', async () => {
    const run = await heliosiq('ingest', join(folder, 'cpu.csv'), '--map', 'time=ts,value=usage');
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('asset');
  });

  it('adds, finds and removes a document', async () => {
    const file = join(folder, 'flux.md');
    await writeFile(
      file,
      '# Flux capacitor\n\n## Fix\n\nReplace the dilithium fuse and restart the flux controller.\n',
    );
    const added = (await json('knowledge', 'add', file)) as {
      documents: { document: { id: string }; outcome: string }[];
    };
    expect(added.documents[0]?.outcome).toBe('added');
    const found = (await json('knowledge', 'search', 'dilithium', 'fuse')) as {
      passages: { passage: { text: string } }[];
    };
    expect(found.passages[0]?.passage.text).toContain('dilithium fuse');
    const id = added.documents[0]?.document.id ?? '';
    expect(await json('knowledge', 'rm', id)).toEqual({ removed: id });
    expect(((await json('knowledge', 'search', 'dilithium')) as { passages: unknown[] }).passages).toEqual([]);
  });

  it('brings runbooks at the first start', async () => {
    const list = (await json('knowledge', 'list')) as { documents: { source: string }[] };
    expect(list.documents.length).toBeGreaterThanOrEqual(12);
  });

  it('makes a key that may do what its role says, and revokes it at once', async () => {
    const made = (await json('keys', 'create', 'dashboard', '--role', 'viewer')) as {
      secret: string;
      key: { id: string };
    };
    const viewer = program.client(made.secret);
    await expect(viewer.call('listIncidents', { query: {} })).resolves.toBeDefined();
    await expect(viewer.call('createKey', { body: { name: 'more', role: 'admin' } })).rejects.toMatchObject({
      code: 'forbidden',
    });
    const list = await heliosiq('keys', 'list');
    expect(list.stdout).toContain('dashboard');
    expect(list.stdout).not.toContain(made.secret);
    await json('keys', 'revoke', made.key.id);
    await expect(viewer.call('whoami')).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('opens an incident from an alert, lists it, and lets a person take and resolve it', async () => {
    await program.client(program.adminKey ?? '').call(
      'sendSignals',
      {
        body: JSON.stringify([
          { kind: 'alert', asset: 'pump-9', at: Date.now(), title: 'Seal leaks', status: 'firing', severity: 'high' },
        ]),
      },
      { headers: { 'content-type': 'application/json' } },
    );
    await expect
      .poll(async () => (await heliosiq('incidents', 'list')).stdout, { timeout: 30_000, interval: 500 })
      .toContain('Seal leaks');
    const list = (await json('incidents', 'list', '--status', 'open')) as { incidents: { incident: { id: string } }[] };
    const id = list.incidents[0]?.incident.id ?? '';
    expect((await heliosiq('incidents', 'show', id)).stdout).toContain('pump-9');
    expect(await json('incidents', 'acknowledge', id)).toMatchObject({ status: 'acknowledged' });
    expect(await json('incidents', 'resolve', id, '--note', 'seal replaced')).toMatchObject({ status: 'resolved' });
    expect(await json('incidents', 'reopen', id)).toMatchObject({ status: 'open' });
    const again = await heliosiq('incidents', 'acknowledge', '0199d8a0-0000-7000-8000-000000000000');
    expect(again.code).toBe(1);
  });

  it('answers a question with sources, and exits 2 when it does not know', async () => {
    const known = await heliosiq('ask', 'what', 'is', 'wrong', 'with', 'pump-9?');
    expect(known.stdout).toMatch(/\[1\]/);
    const unknown = await heliosiq('ask', 'who won the chess championship of 1972?');
    expect(unknown.code).toBe(2);
  });

  it('shows lag, and the rejected records of a topic', async () => {
    expect((await heliosiq('log', 'lag')).stdout).toContain('detect');
    expect((await heliosiq('log', 'rejected', 'signals')).stdout).toContain('None');
    expect(await json('log', 'replay', 'signals')).toEqual({ replayed: 0, nextOffset: 0 });
    expect((await heliosiq('log', 'rejected', 'sinals')).stderr).toContain('there is no topic "sinals"');
  });

  it('tells a wrong key and an unreachable program apart', async () => {
    const wrongKey = await runCommand(['incidents', 'list'], { HELIOS_URL: program.url, HELIOS_KEY: 'hk_wrong' });
    expect(wrongKey.code).toBe(1);
    expect(wrongKey.stderr).toContain('cure');
    const nobody = await runCommand(['incidents', 'list', '--url', 'http://127.0.0.1:9']);
    expect(nobody.stderr).toContain('cannot be reached');
  });
});

describe('the command line alone', () => {
  it('lists the roles with what they need', async () => {
    const run = await runCommand(['roles']);
    for (const word of ['gateway', 'detect', 'lake', 'log, registry, anomalies, states', 'worker'])
      expect(run.stdout).toContain(word);
  });

  it('prints every setting with its origin and no secret, and verifies', async () => {
    const environment = { HELIOS_DATABASE_URL: 'postgres://u:hunter2hunter2@db/x', HELIOS_PORT: '8123' };
    const printed = await runCommand(['config', 'print'], environment);
    expect(printed.stdout).toMatch(/port +8123 +HELIOS_PORT/);
    expect(printed.stdout).not.toContain('hunter2');
    expect((await runCommand(['config', 'verify'], environment)).code).toBe(0);
    const bad = await runCommand(['config', 'verify', '--json'], { HELIOS_PORT: 'x', HELIOS_HOSTT: 'y' });
    expect(bad.code).toBe(1);
    expect((JSON.parse(bad.stdout) as { problems: unknown[] }).problems).toHaveLength(2);
  });

  it('names the file when the data of a board is missing', async () => {
    const run = await runCommand(['eval', 'nab', '--data', folder]);
    expect(run.code).toBe(1);
    expect(run.stderr.trim().split('\n')[0]).toContain(folder);
  });
});
