import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../packages/diagnose/src/diagnosis.ts';
import { runCommand } from '../support/program-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const stack = new AsyncDisposableStack();
const startMs = Date.UTC(2026, 2, 4, 8);
const minuteMs = 60_000;
const onsetMinute = 120;
const atMs = startMs + (onsetMinute + 6) * minuteMs;
let metrics: string;
let topology: string;

/** A value that never quite stands still, the same in every run. */
const noise = (minute: number, salt: number): number => (((minute * 7919 + salt * 104_729) % 997) / 997 - 0.5) * 2;

/** Two hours of calm, then the database is slow and the shop that calls it feels it; the mailer goes on. */
function metricsFile(): string {
  const lines = ['time,asset,metric,value'];
  for (let minute = 0; minute < onsetMinute + 10; minute += 1) {
    const at = new Date(startMs + minute * minuteMs).toISOString();
    const isSlow = minute >= onsetMinute;
    lines.push(
      `${at},shop,latency_ms,${200 + 8 * noise(minute, 1) + (isSlow ? 300 : 0)}`,
      `${at},database,latency_ms,${20 + noise(minute, 2) + (isSlow ? 300 : 0)}`,
      `${at},mailer,latency_ms,${50 + 3 * noise(minute, 3)}`,
    );
  }
  return lines.join('\n');
}

beforeAll(async () => {
  const folder = stack.use(await temporaryFolder()).path;
  metrics = join(folder, 'metrics.csv');
  topology = join(folder, 'calls.csv');
  await writeFile(metrics, metricsFile());
  await writeFile(topology, 'from,to,kind\nshop,database,calls\nshop,mailer,calls\n');
});

afterAll(() => stack.disposeAsync());

const at = ['--at', new Date(atMs).toISOString()];

describe('heliosiq diagnose on files, six minutes after the onset', () => {
  it('names the cause and not what feels it, without a server', async () => {
    const args = ['diagnose', '--metrics', metrics, '--topology', topology, ...at, '--target', 'shop/latency_ms'];
    const run = await runCommand([...args, '--json']);
    expect(run.stderr).toBe('');
    expect(run.code).toBe(0);
    const { verdict, hypotheses } = JSON.parse(run.stdout) as Diagnosis;
    expect(verdict).toBe('fault');
    expect(hypotheses[0]?.asset).toBe('database');
    const readable = await runCommand(args);
    expect(readable.stdout).toContain('database');
  });

  it('says what is missing and what to do when a file or a time is no good', async () => {
    for (const args of [
      ['--metrics', `${metrics}.gone`, ...at],
      ['--metrics', metrics, '--at', 'yesterday'],
      ['--metrics', metrics, ...at, '--topology', metrics],
    ]) {
      const run = await runCommand(['diagnose', ...args]);
      expect(run.code).not.toBe(0);
      expect(run.stdout).toBe('');
      expect(run.stderr).toMatch(/\S/);
      expect(run.stderr).not.toMatch(/\n\s+at /);
    }
  });
});
