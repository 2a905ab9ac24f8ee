import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { KafkaConnection } from '@heliosiq/adapters/kafka/connection.ts';
import { createKafkaEventLog } from '@heliosiq/adapters/kafka/event-log.ts';
import { HeliosError, TenantId } from '@heliosiq/model';
import type { EventLog } from '@heliosiq/ports';
import { startKafka } from '../support/kafka-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const home = process.env['HELIOS_TEST_KAFKA_HOME'];
const tenantId = TenantId.parse('acme');
const timeout = 400_000;

/** Appends records and reads them back as a consumer of a new group. */
async function passThrough(log: EventLog, ids: readonly string[]): Promise<readonly string[]> {
  await log.append(
    tenantId,
    'incidents',
    ids.map((id) => ({ key: 'k', id, value: Buffer.from(id) })),
  );
  const done = AbortSignal.timeout(120_000);
  await using consumer = log.consumer({ group: `read-${ids[0]}`, topics: ['incidents'] });
  const read: string[] = [];
  for await (const batch of consumer.batches(done)) {
    read.push(...batch.records.map(({ id }) => id));
    await batch.commit();
    if (read.length >= ids.length) break;
  }
  return read;
}

describe.skipIf(home === undefined)('Kafka in trouble (needs HELIOS_TEST_KAFKA_HOME)', () => {
  it('away: appends are told so and what waits is bounded; back: everything goes on', { timeout }, async () => {
    await using folder = await temporaryFolder();
    await using kafka = await startKafka({ home: home ?? '', folder: folder.path });
    await using log = createKafkaEventLog({
      connection: { brokers: [kafka.broker], clientId: 'test' },
      memberSilenceMaxMs: 6000,
    });
    expect(await passThrough(log, ['before'])).toEqual(['before']);
    const done = new AbortController();
    await using consumer = log.consumer({ group: 'waiting', topics: ['anomalies'] });
    const delivered: string[] = [];
    const waiting = (async () => {
      for await (const batch of consumer.batches(done.signal)) {
        delivered.push(...batch.records.map(({ id }) => id));
        await batch.commit().catch((error: unknown) => {
          // The broker went before it had the commit, and missed the member: what was not committed comes again.
          if (!(error instanceof HeliosError && error.code === 'conflict')) throw error;
        });
      }
    })();
    await log.append(tenantId, 'anomalies', [{ key: 'k', id: 'early', value: Buffer.from('1') }]);
    await expect.poll(() => delivered, { timeout: 90_000 }).toEqual(['early']);
    const health = () => log.health.check(AbortSignal.timeout(30_000));
    expect(await health()).toMatchObject({ name: 'kafka', ok: true, detail: '1 broker' });

    await kafka.kill();
    expect(await health()).toMatchObject({ name: 'kafka', ok: false, detail: 'no broker tells of the topics' });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 200 }, (_, index) =>
        log.append(tenantId, 'signals', [{ key: 'k', id: `away-${index}`, value: Buffer.alloc(1_000_000) }]),
      ),
    );
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { code: 'unavailable' } });
    const words = new Set(outcomes.map((outcome) => (outcome.status === 'rejected' ? String(outcome.reason) : '')));
    expect([...words].some((text) => text.includes('Too much waits'))).toBe(true);

    await kafka.start();
    await expect
      .poll(
        () =>
          log.append(tenantId, 'anomalies', [{ key: 'k', id: 'late', value: Buffer.from('2') }]).then(
            () => true,
            () => false,
          ),
        {
          timeout: 120_000,
          interval: 500,
        },
      )
      .toBe(true);
    await expect.poll(() => delivered.at(-1), { timeout: 90_000 }).toBe('late');
    expect(await health()).toMatchObject({ ok: true });
    done.abort();
    await waiting;
  });

  it('secured: passwords and certificates are asked for, and wrong ones get nothing', { timeout }, async () => {
    await using folder = await temporaryFolder();
    const certificate = await selfSigned(folder.path);
    const users = { helios: 'correct horse' };
    await using kafka = await startKafka({
      home: home ?? '',
      folder: join(folder.path, 'kafka'),
      security: { keystorePem: certificate.keystorePem, users },
    });
    const tls = { ca: certificate.ca };
    const openLog = (connection: Omit<KafkaConnection, 'brokers' | 'clientId'>): EventLog =>
      createKafkaEventLog({ connection: { brokers: [kafka.broker], clientId: 'test', ...connection } });
    for (const mechanism of ['PLAIN', 'SCRAM-SHA-256'] as const) {
      await using log = openLog({ tls, sasl: { mechanism, username: 'helios', password: users.helios } });
      const ids = [`${mechanism}-1`, `${mechanism}-2`];
      expect((await passThrough(log, ids)).slice(-2)).toEqual(ids);
      await using guessing = openLog({ tls, sasl: { mechanism, username: 'helios', password: 'guessed' } });
      await expect(
        guessing.append(tenantId, 'incidents', [{ key: 'k', id: 'no', value: Buffer.alloc(1) }]),
      ).rejects.toMatchObject({ code: 'unavailable' });
    }
    // Without the authority's certificate the broker is nobody.
    await using trusting = openLog({
      tls: {},
      sasl: { mechanism: 'PLAIN', username: 'helios', password: users.helios },
    });
    await expect(trusting.lag()).rejects.toMatchObject({ code: 'unavailable' });
  });
});

/** A certificate for 127.0.0.1 that is its own authority, and the key with it in one file, as a broker wants it. */
async function selfSigned(folder: string): Promise<{ readonly ca: string; readonly keystorePem: string }> {
  const key = join(folder, 'key.pem');
  const cert = join(folder, 'cert.pem');
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'],
    ...['-keyout', key, '-out', cert, ...subject],
  ]);
  const keystorePem = join(folder, 'keystore.pem');
  const ca = await readFile(cert, 'utf8');
  await writeFile(keystorePem, `${await readFile(key, 'utf8')}${ca}`);
  return { ca, keystorePem };
}
