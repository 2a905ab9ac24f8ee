import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createClient } from '@heliosiq/api';
import { loadConfig } from '@heliosiq/heliosiq/config.ts';
import { startProgram } from '@heliosiq/heliosiq/program/program.ts';
import { describe, expect, it } from 'vitest';
import { settled } from '../support/settled.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const yearMs = 365 * 86_400_000;
const count = 300;
const stepMs = 1000;

describe('a clock that jumps by years', () => {
  it('forth and back costs no sample, old or new, and none of the program’s parts', { timeout: 500_000 }, async () => {
    await using folder = await temporaryFolder();
    const outcome = loadConfig({
      environment: {
        HELIOS_PORT: '0',
        HELIOS_OTLP_HTTP_PORT: 'off',
        HELIOS_OTLP_GRPC_PORT: 'off',
        HELIOS_DATA: folder.path,
      },
    });
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.problems));
    let jumpMs = 0;
    const now = (): number => Date.now() + jumpMs;
    const logger = createMemoryLogger();
    const program = await startProgram({ config: outcome.config, logger, now });
    await using _ = { [Symbol.asyncDispose]: () => program.stop() };
    const client = createClient({ baseUrl: program.url, token: program.adminKey ?? '' });

    /** Sends some samples up to the present of the program; where they lie. */
    async function sendNow(): Promise<{ from: number; to: number }> {
      const to = Math.floor(now() / stepMs) * stepMs;
      const from = to - count * stepMs;
      const samples = Array.from({ length: count }, (__, number) => ({
        ...{ kind: 'sample', asset: 'pump', metric: 'load', at: from + number * stepMs, value: Math.sin(number) },
      }));
      const receipt = await client.call(
        'sendSignals',
        { body: JSON.stringify(samples) },
        { headers: { 'content-type': 'application/json' } },
      );
      expect(receipt).toMatchObject({ accepted: count, rejectedTotal: 0 });
      await settled(client);
      return { from, to };
    }

    async function samplesIn({ from, to }: { from: number; to: number }): Promise<number> {
      const { series } = await client.call('readSeries', {
        query: { asset: 'pump', metric: 'load', from: String(from), to: String(to), stepMs: String(stepMs) },
      });
      return series.flatMap((one) => one.count).reduce((sum, each) => sum + each, 0);
    }

    const spans = [];
    for (const jump of [0, 10 * yearMs, -3 * yearMs, 40 * yearMs, 0.001 * yearMs]) {
      jumpMs = jump;
      spans.push(await sendNow());
      for (const span of spans) expect(await samplesIn(span)).toBe(count);
    }
    const { series } = await client.call('listSeries', { query: { asset: 'pump', metric: 'load' } });
    expect(series.map(({ samples }) => samples)).toEqual([count * spans.length]);
    const health = await fetch(`${program.url}/health/ready`);
    expect(health.status).toBe(200);
    expect(logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
