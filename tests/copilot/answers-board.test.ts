import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ANSWER_THRESHOLDS, runAnswersBoard } from '../../packages/heliosiq/src/boards/answers.ts';

// Threads and files take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'helios-answers-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function setOf(...lines: readonly unknown[]): Promise<string> {
  const path = join(folder, `${lines.length}-${Math.random()}.jsonl`);
  await writeFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return path;
}

describe('answers to the shipped questions over the shipped runbooks', () => {
  it('reach every threshold, say the same again, and cite only what stands there', async () => {
    const result = await runAnswersBoard({});
    expect(result.items).toBeGreaterThanOrEqual(100);
    expect(result.missed).toEqual([]);
    for (const [name, threshold] of Object.entries(ANSWER_THRESHOLDS)) {
      expect([name, result[name as keyof typeof ANSWER_THRESHOLDS] >= threshold]).toEqual([name, true]); // its own keys
    }
    expect(result.brier).toBeLessThan(0.05);
    const { wrong } = await runAnswersBoard({});
    expect(wrong).toEqual(result.wrong);
  });
});

describe('the board', () => {
  it('counts a wrong fact, a wrong source and an answer to what cannot be known as missed', async () => {
    const setFile = await setOf(
      {
        question: 'Which UDP port does time synchronisation need?',
        facts: ['port 4711'],
        source: 'runbook/clock-drift.md',
      },
      { question: 'How do I step the clock with chrony?', facts: ['chronyc makestep'], source: 'runbook/none.md' },
      { question: 'What do many sockets in CLOSE_WAIT mean?', known: false },
    );
    const result = await runAnswersBoard({ setFile });
    expect(result).toMatchObject({ answered: 1, facts: 0.5, sources: 0.5, refused: 0, cited: 1, quotesExact: 1 });
    expect(result.missed).toEqual(['facts', 'sources', 'refused']);
    expect(result.wrong).toHaveLength(3);
  });

  it('answers from a folder of documents', async () => {
    const dataDir = await mkdtemp(join(folder, 'documents-'));
    await writeFile(join(dataDir, 'valve.md'), '# Valve V9\n\nThe valve V9 opens at 4.2 bar and closes at 3.9 bar.\n');
    const setFile = await setOf({
      question: 'At which pressure does the valve V9 open?',
      facts: ['4.2 bar'],
      source: 'valve.md',
    });
    expect(await runAnswersBoard({ setFile, dataDir })).toMatchObject({ facts: 1, sources: 1, missed: [] });
  });

  it('names the line of the set that is wrong', async () => {
    const setFile = await setOf({ question: 'a', known: false }, { question: 'b' });
    await expect(runAnswersBoard({ setFile })).rejects.toThrow(/line 2 /);
    await expect(runAnswersBoard({ setFile: join(folder, 'missing') })).rejects.toMatchObject({ code: 'not-found' });
  });
});
