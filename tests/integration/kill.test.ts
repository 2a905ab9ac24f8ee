import { describe, expect, it, vi } from 'vitest';
import { startProcess } from '../support/program-process.ts';
import type { ProgramProcess } from '../support/program-process.ts';
import { postgresServersBelow } from '../support/server-processes.ts';
import { settled } from '../support/settled.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const rounds = 20;
const samplesPerBatch = 50;
const firstSampleAt = Math.floor(Date.now() / 1000) * 1000 - 9_000_000;

/** The wire form of one batch: samples one second apart, and one event. */
function batchBody(batch: number): string {
  const first = firstSampleAt + batch * samplesPerBatch * 1000;
  const samples = Array.from({ length: samplesPerBatch }, (_, index) => ({
    kind: 'sample',
    asset: 'pump-1',
    metric: 'pressure',
    at: first + index * 1000,
    value: 4 + Math.sin(batch + index),
  }));
  return JSON.stringify([
    ...samples,
    { kind: 'event', id: `batch-${batch}`, asset: 'pump-1', at: first, title: `batch ${batch}` },
  ]);
}

/**
 * Sends batches from `from` on, each again while it is asked to wait, and has the program killed while it sends, after so
 * many acknowledgements; returns the first batch that was not acknowledged. Where the answer was lost, the next round sends
 * the batch again.
 */
async function sendAndKill(
  program: ProgramProcess,
  key: string,
  round: { readonly from: number; readonly killAfter: number },
): Promise<number> {
  const client = program.client(key);
  let killing: Promise<unknown> | undefined;
  for (let batch = round.from; ; batch += 1) {
    if (batch - round.from === round.killAfter) killing = program.end('SIGKILL');
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
  }
}

describe('a program that is killed', () => {
  it(
    `keeps every acknowledged record once over ${rounds} rounds of kill -9, starts again, leaves no server behind`,
    { timeout: 1_200_000 },
    async () => {
      await using folder = await temporaryFolder();
      let program = await startProcess(folder.path);
      const key = program.adminKey ?? '';
      expect(key).toMatch(/^hk_/);
      let sent = 0;
      for (let round = 0; round < rounds; round += 1) {
        sent = await sendAndKill(program, key, { from: sent, killAfter: 1 + ((round * 7) % 19) });
        program = await startProcess(folder.path);
      }
      const acknowledged = sent * samplesPerBatch;
      const client = program.client(key);
      await settled(client);

      const counted = new Map<number, number>();
      for (let from = firstSampleAt; from < firstSampleAt + acknowledged * 1000; from += 10_000_000) {
        const { series } = await client.call('readSeries', {
          query: {
            asset: 'pump-1',
            metric: 'pressure',
            from: String(from),
            to: String(from + 10_000_000),
            stepMs: '1000',
          },
        });
        series.forEach(({ times, count }) => times.forEach((time, index) => counted.set(time, count[index] ?? 0)));
      }
      const expected = Array.from({ length: acknowledged }, (_, index) => firstSampleAt + index * 1000);
      expect(expected.filter((time) => counted.get(time) !== 1)).toEqual([]);

      const events: string[] = [];
      for (let to = firstSampleAt + acknowledged * 1000; ;) {
        const { signals } = await client.call('findSignals', {
          query: { kind: 'event', asset: 'pump-1', from: String(firstSampleAt), to: String(to), limit: '1000' },
        });
        events.push(...signals.map((signal) => signal.id));
        const oldest = signals.at(-1);
        if (signals.length < 1000 || oldest === undefined) break;
        to = oldest.at;
      }
      expect(events.toSorted()).toEqual(Array.from({ length: sent }, (_, batch) => `batch-${batch}`).toSorted());
      expect(acknowledged).toBeGreaterThan(rounds * samplesPerBatch);

      expect(await program.end('SIGTERM')).toBe(0);
      expect(postgresServersBelow(folder.path)).toEqual([]);
    },
  );

  it('drains and exits 0 on SIGTERM', async () => {
    await using folder = await temporaryFolder();
    const program = await startProcess(folder.path);
    expect(await program.end('SIGTERM')).toBe(0);
    expect(postgresServersBelow(folder.path)).toEqual([]);
  });
});
