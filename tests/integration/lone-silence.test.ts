import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createClient } from '@heliosiq/api';
import { loadConfig } from '@heliosiq/heliosiq/config.ts';
import { startProgram } from '@heliosiq/heliosiq/program/program.ts';
import { expect, it, vi } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Samples from which a sender is known, and then some. */
const learnt = 180;

it(
  'the only device of a tenant that falls silent becomes an incident by the wall clock, over when it sends again',
  { timeout: 500_000 },
  async () => {
    await using folder = await temporaryFolder();
    const outcome = loadConfig({
      environment: {
        HELIOS_PORT: '0',
        HELIOS_OTLP_HTTP_PORT: 'off',
        HELIOS_OTLP_GRPC_PORT: 'off',
        HELIOS_DATA: folder.path,
        HELIOS_DETECTION_SILENCE_MIN_S: '1',
      },
    });
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.problems));
    const logger = createMemoryLogger();
    const program = await startProgram({ config: outcome.config, logger });
    await using _ = { [Symbol.asyncDispose]: () => program.stop() };
    const client = createClient({ baseUrl: program.url, token: program.adminKey ?? '' });
    let sentAt = Date.now();

    /** The device has a clock of its own, and so it measures evenly however busy this machine is. */
    async function send(at: number): Promise<void> {
      sentAt = at;
      const body = JSON.stringify([{ kind: 'sample', asset: 'buoy', metric: 'level', at: sentAt, value: 1 }]);
      await client.call('sendSignals', { body }, { headers: { 'content-type': 'application/json' } });
    }

    async function silences() {
      const { anomalies } = await client.call('listAnomalies', { query: { asset: 'buoy' } });
      return anomalies.filter(({ detector, startedAt }) => detector === 'silence' && startedAt === lastAt);
    }

    for (let sent = 0; sent < learnt; sent += 1) await send(sentAt + 1);
    const lastAt = sentAt;
    const waits = { timeout: 180_000, interval: 500 };
    await vi.waitFor(async () => expect(await silences()).toMatchObject([{ status: 'open' }]), waits);
    const [silence] = await silences();
    expect(silence?.explanation).toContain('buoy has sent nothing for');
    await vi.waitFor(async () => {
      const { incidents } = await client.call('listIncidents', { query: { asset: 'buoy' } });
      expect(incidents.map(({ incident }) => incident.anomalyIds).flat()).toContain(silence?.id);
    }, waits);
    await send(Date.now());
    await vi.waitFor(
      async () => expect(await silences()).toMatchObject([{ status: 'closed', endedAt: sentAt }]),
      waits,
    );
    expect(logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
  },
);
