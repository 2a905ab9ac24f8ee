import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LakeProofAnswer } from '@heliosiq/api';
import { describe, expect, it, vi } from 'vitest';
import { runCommand, startProcess } from '../support/program-process.ts';
import type { ProgramProcess } from '../support/program-process.ts';
import { settled } from '../support/settled.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const stepMs = 60_000;
/** Twenty-six hours that end an hour ago, in whole minutes. */
const firstAt = Math.floor(Date.now() / stepMs) * stepMs - 27 * 3_600_000;
const minutes = 26 * 60;
const assets = Array.from({ length: 8 }, (_, index) => `pump-${index}`);

/** A level that breathes, with a fault of twenty minutes in the middle. */
function valueAt(asset: number, minute: number): number {
  const fault = minute >= 1200 && minute < 1220 ? 30 : 0;
  return 10 + asset + Math.sin(minute / 40) + ((minute * 7919 + asset * 104_729) % 1000) / 2000 + fault;
}

function bodyOf(fromMinute: number, toMinute: number): string {
  const signals = [];
  for (let minute = fromMinute; minute < toMinute; minute += 1) {
    const at = firstAt + minute * stepMs;
    for (const [index, asset] of assets.entries()) {
      signals.push({ kind: 'sample', asset, metric: 'pressure', at, value: valueAt(index, minute) });
    }
    if (minute % 60 === 0) signals.push({ kind: 'event', id: `hour-${minute}`, asset: 'pump-0', at, title: 'an hour' });
  }
  return JSON.stringify(signals);
}

async function send(program: ProgramProcess, key: string, body: string): Promise<void> {
  await program.client(key).call('sendSignals', { body }, { headers: { 'content-type': 'application/json' } });
}

async function command(program: ProgramProcess, key: string, args: readonly string[]) {
  const run = await runCommand([...args, '--url', program.url, '--key', key, '--json']);
  expect(run.stderr).toBe('');
  return { code: run.code, proof: JSON.parse(run.stdout) as LakeProofAnswer }; // what the command prints
}

interface Lag {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly committedOffset: number;
  readonly endOffset: number;
}
const keyOf = ({ group, topic, partition }: Lag) => `${group} ${topic} ${partition}`;
const ofStages = ({ lag }: { readonly lag: readonly Lag[] }) =>
  lag.filter(({ group }) => group === 'lake' || group === 'detect');

const since = new Date(firstAt).toISOString();

describe('verify and replay on the whole program', () => {
  it('prove and rebuild a day while live traffic goes on, and name damage', { timeout: 600_000 }, async () => {
    await using folder = await temporaryFolder();
    const program = await startProcess(folder.path);
    const key = program.adminKey ?? '';
    const client = program.client(key);
    for (let minute = 0; minute < minutes; minute += 60) await send(program, key, bodyOf(minute, minute + 60));
    await settled(client);

    const verified = await command(program, key, ['lake', 'verify']);
    expect(verified.proof).toMatchObject({ state: 'done', isProven: true, bronze: { faults: [] } });
    expect(verified.proof.bronze?.samples).toBe(minutes * assets.length);
    expect(verified.code).toBe(0);

    // Live traffic: every asset goes on, second by second; the next second is sent when this one is through.
    let isOver = false;
    let seconds = 0;
    const live = (async () => {
      for (; !isOver; seconds += 1) {
        const at = firstAt + minutes * stepMs + seconds * 1000;
        const value = 10 + (seconds % 7) / 10;
        const body = assets.map((asset) => ({ kind: 'sample', asset, metric: 'pressure', at, value }));
        await send(program, key, JSON.stringify(body));
        const sent = ofStages(await client.call('readLag'));
        await vi.waitFor(
          async () => {
            const committed = new Map(ofStages(await client.call('readLag')).map((one) => [keyOf(one), one]));
            for (const one of sent)
              expect(committed.get(keyOf(one))?.committedOffset).toBeGreaterThanOrEqual(one.endOffset);
          },
          { timeout: 90_000, interval: 20 },
        );
      }
    })();
    try {
      await Promise.race([vi.waitFor(() => expect(seconds).toBeGreaterThan(1), { timeout: 120_000 }), live]);
      const replayed = await command(program, key, ['replay', '--since', since]);
      expect(replayed.proof.stages.map(({ stage, isEqual, first }) => ({ stage, isEqual, first }))).toEqual(
        ['silver', 'signals', 'gold', 'detect'].map((stage) => ({ stage, isEqual: true, first: [] })),
      );
      const items = new Map(replayed.proof.stages.map(({ stage, items: count }) => [stage, count]));
      expect(items.get('silver')).toBeGreaterThanOrEqual(minutes * assets.length);
      expect(items.get('signals')).toBe(26);
      expect(items.get('detect')).toBeGreaterThanOrEqual(assets.length);
      expect(replayed.code).toBe(0);
    } finally {
      isOver = true;
      await live;
    }
    const segments = await segmentsBelow(join(folder.path, 'blobs', 'default', 'bronze'));
    const damaged = segments[0] ?? '';
    const bytes = await readFile(damaged);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0xff;
    await writeFile(damaged, bytes);
    const found = await command(program, key, ['lake', 'verify']);
    expect(found.code).toBe(2);
    expect(found.proof.bronze?.faults).toMatchObject([{ kind: 'segment-damaged' }]);
    expect(damaged.endsWith(found.proof.bronze?.faults[0]?.name ?? '?')).toBe(true);
    expect(await program.end('SIGTERM')).toBe(0);
  });
});

async function segmentsBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true });
  return entries.filter((name) => name.endsWith('.seg')).map((name) => join(folder, name));
}
