import { Admin, Producer } from '@platformatic/kafka';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startKafka } from '../support/kafka-process.ts';
import { startProcess } from '../support/program-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const home = process.env['HELIOS_TEST_KAFKA_HOME'];
const page = join(import.meta.dirname, '../../docs/setup/kafka.md');

describe.skipIf(home === undefined)('the page on Kafka (needs HELIOS_TEST_KAFKA_HOME)', () => {
  it(
    'has a configuration that takes in JSON by paths, plain numbers and signals, and keeps poison aside',
    { timeout: 240_000 },
    async () => {
      await using folder = await temporaryFolder();
      await using kafka = await startKafka({ home: home ?? '', folder: join(folder.path, 'kafka') });
      const clientOptions = { clientId: 'plant', bootstrapBrokers: [kafka.broker] };
      const admin = new Admin(clientOptions);
      await admin.createTopics({
        topics: ['pump-readings', 'pump-pressure', 'plant-events'],
        partitions: 2,
        replicas: 1,
      });
      await admin.close();
      const yaml = /```yaml\n([^]*?)```/.exec(await readFile(page, 'utf8'))?.[1] ?? '';
      const file = join(folder.path, 'heliosiq.yaml');
      await writeFile(file, yaml.replaceAll('kafka.example.org:9092', kafka.broker));

      const program = await startProcess(join(folder.path, 'data'), { HELIOS_CONFIG: file });
      await using stack = new AsyncDisposableStack();
      stack.defer(async () => void (await program.end('SIGTERM')));
      const client = program.client(program.adminKey ?? '');

      const at = Math.floor(Date.now() / 60_000) * 60_000 - 300_000;
      const producer = new Producer({ ...clientOptions, idempotent: true });
      const send = (
        topic: string,
        key: string,
        value: string,
      ): { topic: string; key: Buffer; value: Buffer; headers: Map<Buffer, Buffer> } => ({
        ...{ topic, key: Buffer.from(key), value: Buffer.from(value) },
        headers: new Map([[Buffer.from('site'), Buffer.from('ulm')]]),
      });
      const reading = (minute: number) => ({
        device: { id: 'pump-7' },
        reading: { celsius: 60 + minute, ts: new Date(at + minute * 60_000).toISOString() },
      });
      await producer.send({
        messages: [
          ...[0, 1, 2].map((minute) => send('pump-readings', 'pump-7', JSON.stringify(reading(minute)))),
          send('pump-readings', 'pump-7', '{"device":'),
          send('pump-pressure', 'pump-8', '4.5'),
          send('plant-events', 'pump-9', JSON.stringify({ kind: 'event', asset: 'pump-9', title: 'started' })),
        ],
      });
      await producer.close();

      const valuesOf = async (asset: string): Promise<unknown> => {
        const window = { from: String(at), to: String(Date.now() + 60_000), stepMs: '60000' };
        const { series } = await client.call('readSeries', { query: { asset, ...window } });
        return series.map(({ series: { metric, labels }, avg }) => ({
          metric,
          labels,
          avg: avg.filter((value) => value !== null),
        }));
      };
      const patience = { timeout: 120_000, interval: 500 };
      await expect
        .poll(() => valuesOf('pump-7'), patience)
        .toEqual([{ metric: 'temperature', labels: { site: 'ulm' }, avg: [60, 61, 62] }]);
      await expect.poll(() => valuesOf('pump-8'), patience).toEqual([{ metric: 'pressure', labels: {}, avg: [4.5] }]);
      const rejected = async () =>
        (await client.call('listRejected', { params: { topic: 'signals' }, query: {} })).records;
      await expect.poll(async () => (await rejected()).map(({ key }) => key), patience).toEqual(['pump-7']);
      expect((await rejected())[0]?.reason).not.toBe('');
    },
  );
});
