import type { Client, LakeProofAnswer } from '@heliosiq/api';
import { describe, expect, it, vi } from 'vitest';
import { startProcess } from '../support/program-process.ts';
import type { ProgramProcess } from '../support/program-process.ts';
import { settled } from '../support/settled.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const rounds = Number(process.env['HELIOS_TEST_KILL_ROUNDS'] ?? 4);
const samplesPerBatch = 40;
const firstAt = Math.floor(Date.now() / 1000) * 1000 - 7_200_000;
const assets = ['pump-1', 'pump-2', 'fan', 'mill', 'oven'];

/** Samples of all assets one second apart, and one event; batch after batch they follow each other. */
function batchBody(batch: number): string {
  const signals = [];
  for (let index = 0; index < samplesPerBatch; index += 1) {
    const asset = assets[index % assets.length];
    const at = firstAt + (batch * samplesPerBatch + index) * 100;
    signals.push({ kind: 'sample', asset, metric: 'load', at, value: Math.sin(batch + index) });
  }
  signals.push({ kind: 'event', id: `batch-${batch}`, asset: 'fan', at: firstAt + batch * 1000, title: 'a batch' });
  return JSON.stringify(signals);
}

/**
 * Sends batches, each again while it is asked to wait, and has the program killed after one of them; returns the first
 * batch that was not acknowledged.
 */
async function sendAndKill(
  program: ProgramProcess,
  key: string,
  { from, killAfter }: { readonly from: number; readonly killAfter: number },
): Promise<number> {
  const client = program.client(key);
  let killing: Promise<unknown> | undefined;
  for (let batch = from; ; batch += 1) {
    const isSent = await vi.waitFor(
      () =>
        client
          .call('sendSignals', { body: batchBody(batch) }, { headers: { 'content-type': 'application/json' } })
          .then(
            () => true,
            (error: unknown) => {
              if (killing === undefined) throw error;
              return false;
            },
          ),
      { timeout: 60_000 },
    );
    if (!isSent) {
      await killing;
      return batch;
    }
    if (batch === killAfter) killing = program.end('SIGKILL');
  }
}

async function finished(client: Client, started: LakeProofAnswer): Promise<LakeProofAnswer> {
  return vi.waitFor(
    async () => {
      const proof = await client.call('readReplay', { params: { id: started.id } });
      expect(proof.state).not.toBe('running');
      return proof;
    },
    { timeout: 120_000, interval: 200 },
  );
}

/** Begins work in the running program that the kill will interrupt: a replay that writes, every second round. */
async function beginReplay(client: Client): Promise<void> {
  await client.call('startReplay', { body: { since: firstAt, stage: 'all', apply: true } });
}

describe('a program that is killed while it writes bronze and replays', () => {
  it(
    `has every acknowledged record in bronze once, and nothing lost or doubled, over ${rounds} rounds of kill -9`,
    { timeout: 240_000 + rounds * 90_000 },
    async () => {
      await using folder = await temporaryFolder();
      const settings = { HELIOS_BRONZE_ROLL_S: '1' };
      let program: ProgramProcess = await startProcess(folder.path, settings);
      const key = program.adminKey ?? '';
      let sent = 0;
      for (let round = 0; round < rounds; round += 1) {
        const killAfter = sent + 10 + ((round * 17) % 40);
        if (round % 2 === 1) await beginReplay(program.client(key)).catch(() => undefined);
        sent = await sendAndKill(program, key, { from: sent, killAfter });
        program = await startProcess(folder.path, settings);
      }
      const client = program.client(key);
      await settled(client);
      // A replay that was killed is over as soon as it has been silent for a while.
      const started = await vi.waitFor(() => client.call('startVerify', { body: {} }), {
        timeout: 90_000,
        interval: 500,
      });
      const proof = await finished(client, started);
      expect(proof.stages.map(({ stage, first }) => ({ stage, first }))).toEqual([
        { stage: 'silver', first: [] },
        { stage: 'signals', first: [] },
      ]);
      expect(proof).toMatchObject({ state: 'done', isProven: true, bronze: { faults: [] } });
      // The batch during each kill may have been stored without its acknowledgement; it was sent again and counts twice in bronze.
      const samples = sent * samplesPerBatch;
      expect(proof.stages[0]?.items).toBeGreaterThanOrEqual(samples);
      expect(proof.stages[0]?.items).toBeLessThanOrEqual(samples + samplesPerBatch);
      expect(proof.stages[1]?.items).toBeGreaterThanOrEqual(sent);

      const replay = await finished(client, await client.call('startReplay', { body: { since: firstAt } }));
      expect(replay).toMatchObject({ state: 'done', isProven: true });
      expect(await program.end('SIGTERM')).toBe(0);
    },
  );
});
