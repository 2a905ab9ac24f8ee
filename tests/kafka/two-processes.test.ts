import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useTestServer } from '@heliosiq/adapters/testing/test-postgres.ts';
import { loadPetshopRecording } from '@heliosiq/heliosiq/demo/petshop-recording.ts';
import { replayRecording } from '@heliosiq/heliosiq/demo/replay.ts';
import { startProcess } from '../support/program-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const postgres = process.env['HELIOS_TEST_POSTGRES15_URL'];
const broker = process.env['HELIOS_TEST_KAFKA'];
const fault = join(import.meta.dirname, '../../packages/heliosiq/recordings/petshop/low_traffic/train/issue_0');

describe.skipIf(postgres === undefined || broker === undefined)(
  'roles in processes of their own over Kafka (needs HELIOS_TEST_KAFKA and HELIOS_TEST_POSTGRES15_URL)',
  () => {
    it(
      'run the flow of the demo: what one takes in, others investigate, though one of them is killed, and a third one shows',
      { timeout: 500_000 },
      async () => {
        await using folder = await temporaryFolder();
        await using database = await useTestServer(postgres ?? '').createDatabase();
        const shared = {
          HELIOS_DATABASE_URL: database.url,
          HELIOS_KAFKA_BROKERS: broker ?? '',
          HELIOS_KAFKA_TOPIC_PREFIX: `test-${randomUUID()}.`,
        };
        await using stack = new AsyncDisposableStack();
        const start = async (role: string, suffix = '') => {
          const program = await startProcess(join(folder.path, `${role}${suffix}`), { ...shared, HELIOS_ROLE: role });
          stack.defer(() => void program.child.kill('SIGKILL'));
          return program;
        };
        const ingest = await start('ingest');
        const [worker, killed, gateway] = await Promise.all([start('worker'), start('worker', '-2'), start('gateway')]);
        const key = ingest.adminKey ?? '';

        const recording = loadPetshopRecording(fault, Math.floor(Date.now() / 60_000) * 60_000);
        const stored = await replayRecording(ingest.client(key), recording, {
          signal: AbortSignal.timeout(240_000),
          onProgress({ sent, total }) {
            if (sent > total / 2) killed.child.kill('SIGKILL');
          },
        });
        expect(stored).toBe(recording.frames.reduce((sum, { samples }) => sum + samples.length, 0));

        const client = gateway.client(key);
        const causes = async (): Promise<readonly (string | undefined)[]> => {
          const { incidents } = await client.call('listIncidents', { query: { limit: '100' } });
          return incidents.filter(({ cause }) => cause?.verdict === 'fault').map(({ cause }) => cause?.asset);
        };
        // Which service is named depends on how skewed in time the partitions of the dead worker arrive: one of the shop it is.
        const shop = new Set<string | undefined>(recording.edges.flatMap(({ from, to }) => [from, to]));
        const isFound = async () => (await causes()).some((asset) => shop.has(asset));
        await expect.poll(isFound, { timeout: 150_000, interval: 1000 }).toBe(true);

        const { lag } = await client.call('readLag');
        expect(lag.map(({ group }) => group)).toEqual(
          expect.arrayContaining(['lake', 'detect', 'incident', 'diagnose']),
        );
        await expect
          .poll(async () => (await client.call('readLag')).lag.reduce((sum, { lagRecords }) => sum + lagRecords, 0), {
            timeout: 120_000,
          })
          .toBe(0);
        for (const program of [ingest, worker, gateway]) expect(await program.end('SIGTERM')).toBe(0);
      },
    );
  },
);
