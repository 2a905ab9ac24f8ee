import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startProcess } from '../support/program-process.ts';
import type { ProgramProcess } from '../support/program-process.ts';
import { postgresServersBelow } from '../support/server-processes.ts';
import { settled } from '../support/settled.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const limits = { timeout: 60_000, interval: 50 };
const firstAt = Math.floor(Date.now() / 60_000) * 60_000 - 7_200_000;

/** Processes that run the stages for a program; Linux only. */
function stageProcessesOf(program: ProgramProcess): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        return (
          parent === program.child.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('stages-apart-main')
        );
      } catch {
        return false; // it ended between the listing and this look
      }
    })
    .map(Number);
}

/** Whether a process runs; one that has ended may still be listed until its parent takes notice. */
function isThere(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
}

/** The sum of a metric over its labels. */
function sumOf(metrics: string, name: string): number {
  const lines = metrics.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

const started: ProgramProcess[] = [];

afterEach(async () => {
  for (const program of started.splice(0)) await program.end('SIGKILL');
});

async function start(folder: string): Promise<ProgramProcess> {
  const program = await startProcess(folder, { HELIOS_STAGES_APART: 'on' });
  started.push(program);
  return program;
}

describe('stages in a process of their own', () => {
  it('work off what the doors take, tell of themselves in health and metrics, and are stopped by the program alone', async () => {
    await using folder = await temporaryFolder();
    const program = await start(folder.path);
    const [stages] = stageProcessesOf(program);
    expect(stages).toBeDefined();
    // As a terminal or the system does with all processes of a program.
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.kill(stages ?? 0, signal);
    const key = program.adminKey ?? '';
    const client = program.client(key);
    const samples = Array.from({ length: 120 }, (_, minute) => ({
      ...{ kind: 'sample', asset: 'pump-1', metric: 'pressure', at: firstAt + minute * 60_000 },
      value: 4 + (minute % 5) / 10,
    }));
    const alert = { kind: 'alert', asset: 'pump-1', at: Date.now(), title: 'Pressure is low', status: 'firing' };
    await client.call(
      'sendSignals',
      { body: JSON.stringify([...samples, { ...alert, severity: 'high' }]) },
      { headers: { 'content-type': 'application/json' } },
    );
    await settled(client);
    const { series } = await client.call('listSeries', { query: { asset: 'pump-1' } });
    expect(series.map(({ series: { metric } }) => metric)).toEqual(['pressure']);
    await vi.waitFor(async () => {
      const { incidents } = await client.call('listIncidents', { query: {} });
      expect(incidents).toHaveLength(1);
    }, limits);

    const parts = ['postgres', 'lake', 'detect', 'diagnose', 'maintenance'];
    const components = parts.map((name): unknown => expect.objectContaining({ name, ok: true }));
    // A machine that is slow may not hear from the stages in time at first.
    await vi.waitFor(async () => {
      const health: unknown = await (await fetch(`${program.url}/health/ready`)).json();
      expect(health).toMatchObject({ ready: true, components: expect.arrayContaining(components) as unknown });
    }, limits);
    await vi.waitFor(async () => {
      const authorization = `Bearer ${key}`;
      const metrics = await (await fetch(`${program.url}/metrics`, { headers: { authorization } })).text();
      expect(sumOf(metrics, 'heliosiq_lake_samples_total')).toBe(120);
      expect(sumOf(metrics, 'heliosiq_ingest_signals_accepted_total')).toBe(121);
      const described = metrics.split('\n').filter((line) => line.startsWith('# TYPE'));
      expect(new Set(described).size).toBe(described.length);
    }, limits);

    expect(await program.end('SIGTERM')).toBe(0);
    expect(isThere(stages ?? 0)).toBe(false);
    expect(postgresServersBelow(folder.path)).toEqual([]);
  });

  it('do not outlive the program; the next start works off what was left, and ends with the reason when they die', async () => {
    await using folder = await temporaryFolder();
    const first = await start(folder.path);
    const [stages] = stageProcessesOf(first);
    const key = first.adminKey ?? '';
    const sample = { kind: 'sample', asset: 'pump-1', metric: 'pressure', at: firstAt, value: 4 };
    await first
      .client(key)
      .call('sendSignals', { body: JSON.stringify([sample]) }, { headers: { 'content-type': 'application/json' } });
    await first.end('SIGKILL');
    await vi.waitFor(() => expect(isThere(stages ?? 0)).toBe(false), limits);

    const second = await start(folder.path);
    const client = second.client(key);
    await settled(client);
    const { series } = await client.call('listSeries', { query: { asset: 'pump-1' } });
    expect(series).toHaveLength(1);

    const [next] = stageProcessesOf(second);
    const ended = once(second.child, 'exit');
    process.kill(next ?? 0, 'SIGKILL');
    const [code] = (await ended) as [number | null]; // Node's documented arguments
    expect(code).toBe(1);
    await expect.poll(second.stderr).toContain('the process of the stages ended (SIGKILL)');
  });
});
