import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand, startProcess } from '../support/program-process.ts';
import { settled } from '../support/settled.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const stack = new AsyncDisposableStack();
const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'configure', 'pipeline.md'), 'utf8');
let folder: string;
let config: string;
let sample: string;

const records = [
  { kind: 'sample', asset: 'web', metric: 'go_gc', value: 1 },
  { kind: 'sample', asset: 'web', metric: 'process_resident_memory_bytes', value: 1_048_576 },
  { kind: 'sample', asset: 'web', metric: 'room_fahrenheit', labels: { pod: 'p' }, value: 212 },
  { kind: 'log', asset: 'web', body: 'GET /healthz 200' },
  { kind: 'log', asset: 'web', body: 'mail to ada@example.org, password=hunter2' },
  { kind: 'log', asset: 'web', body: 'login of user=ada', labels: { site: 'bonn' } },
  { kind: 'event', asset: 'web', title: 'restarted' },
];

beforeAll(async () => {
  folder = stack.use(await temporaryFolder()).path;
  config = join(folder, 'heliosiq.yaml');
  sample = join(folder, 'sample.ndjson');
  await writeFile(config, /```yaml\n([^]*?)```/.exec(page)?.[1] ?? '');
  await writeFile(sample, records.map((record) => JSON.stringify(record)).join('\n'));
});

afterAll(() => stack.disposeAsync());

describe('heliosiq pipeline test', () => {
  it('shows what the rules of the page do to signals, without a server', async () => {
    const run = await runCommand(['pipeline', 'test', '--sample', sample, '--config', config, '--json']);
    expect(run.stderr).toBe('');
    expect(run.code).toBe(0);
    const { results, summary } = JSON.parse(run.stdout) as { results: unknown[]; summary: unknown };
    expect(results).toMatchObject([
      { outcome: 'dropped', rules: ['no-go-runtime'] },
      { outcome: 'changed', rules: ['memory-in-mebibytes'], after: [{ value: 1, unit: 'MiBy' }] },
      {
        outcome: 'changed',
        rules: ['no-pod-labels', 'celsius'],
        after: [
          { value: 212, labels: {} },
          { metric: 'room_celsius', value: 100 },
        ],
      },
      { outcome: 'dropped', rules: ['no-health-checks'] },
      { outcome: 'changed', after: [{ body: expect.stringMatching(/^mail to #[0-9a-f]{12}, password=\*\*\*$/) }] },
      { outcome: 'changed', after: [{ asset: 'bonn/web', labels: { user: 'ada' } }] },
      { outcome: 'unchanged', rules: [] },
    ]);
    expect(summary).toMatchObject({ signals: 7, dropped: 2, changed: 4, unchanged: 1, rules: { 'slow-plant': 0 } });
  });

  it('tells it to a person with what was before and after', async () => {
    const run = await runCommand(['pipeline', 'test', '--sample', sample, '--config', config]);
    expect(run.stdout).toContain('dropped by no-health-checks');
    expect(run.stdout).toMatch(/- body: .*hunter2/);
    expect(run.stdout).toMatch(/slow-plant: not used/);
  });

  it('exits 1 and names the line of a rule that is wrong, 2 for a record that is no signal', async () => {
    const bad = join(folder, 'bad.yaml');
    await writeFile(
      bad,
      'port: 1\npipeline:\n  - name: fine\n    when: { asset: a }\n    do: drop\n  - name: broken\n    when:\n      text: /(/\n    do: drop\n',
    );
    const run = await runCommand(['pipeline', 'test', '--sample', sample, '--config', bad]);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain(`${bad}:8: pipeline[1].when.text:`);
    const nonsense = join(folder, 'nonsense.json');
    await writeFile(nonsense, '[{"kind":"lag"}]');
    expect((await runCommand(['pipeline', 'test', '--sample', nonsense, '--config', config])).code).toBe(2);
  });
});

describe('the running program', () => {
  it('stores what its rules leave, whatever the door', async () => {
    const program = await startProcess(join(folder, 'data'), { HELIOS_CONFIG: config });
    stack.defer(async () => void (await program.end('SIGTERM')));
    const client = program.client(program.adminKey ?? '');
    const at = Date.now();
    await client.call(
      'sendSignals',
      { body: JSON.stringify(records.map((record) => ({ ...record, at }))) },
      { headers: { 'content-type': 'application/json' } },
    );
    const lines = await fetch(`${program.url}/api/v1/logs?asset=plain`, {
      method: 'POST',
      headers: { authorization: `Bearer ${program.adminKey}`, 'content-type': 'text/plain' },
      body: 'token=abcdefghijkl\nGET /readyz\n',
    });
    expect(await lines.json()).toMatchObject({ accepted: 2, rejectedTotal: 0 });
    await settled(client);
    const { series } = await client.call('listSeries', { query: {} });
    expect(series.map((one) => `${one.series.metric} ${one.series.unit ?? ''}`).toSorted()).toEqual([
      'process_resident_memory_bytes MiBy',
      'room_celsius Cel',
      'room_fahrenheit ',
    ]);
    const query = { kind: 'log', from: String(at - 60_000), to: String(at + 60_000), limit: '100' } as const;
    const { signals } = await client.call('findSignals', { query });
    expect(signals.map((one) => ('body' in one ? `${one.asset}: ${one.body}` : '')).toSorted()).toEqual([
      'bonn/web: login of user=ada',
      'plain: token=***',
      expect.stringMatching(/^web: mail to #[0-9a-f]{12}, password=\*\*\*$/),
    ]);
  });
});
