import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemorySeriesRegistry } from '@heliosiq/adapters/memory/series-registry.ts';
import { DiscreteSignal, HeliosError, Log, TenantId } from '@heliosiq/model';
import type { Authenticator } from '@heliosiq/ports';
import { afterEach, describe, expect, it } from 'vitest';
import { createTelemetryIntake } from '../../packages/ingest/src/intake/telemetry-intake.ts';
import { unlimitedQuota } from '../../packages/ingest/src/intake/tenant-quota.ts';
import { createSyslogListener } from '../../packages/ingest/src/syslog/syslog-listener.ts';
import type { SyslogSettings } from '../../packages/ingest/src/syslog/syslog-listener.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);
const acme = TenantId.parse('acme');
const rsyslogd = process.env['HELIOS_TEST_RSYSLOGD'];
const loggerCommand = process.env['HELIOS_TEST_LOGGER'];
const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'setup', 'syslog.md'), 'utf8');
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** A listener in front of a log in memory, and what is stored there by tenant. */
async function open(settings: Partial<SyslogSettings> = {}, authenticator?: Authenticator) {
  const log = createMemoryEventLog();
  const telemetry = createTelemetryIntake({ log, registry: createMemorySeriesRegistry(), quota: unlimitedQuota });
  const listener = createSyslogListener({
    telemetry,
    ...(authenticator === undefined ? {} : { authenticator }),
    meter: createMemoryMeter(),
    logger: createMemoryLogger(),
    now: () => Date.now(),
    settings: { host: '127.0.0.1', tcpPort: 0, udpPort: 0, tenant: acme, ...settings },
  });
  const { url } = await listener.listen();
  closing.push(() => listener.close());
  const portOf = (transport: string) => Number(new RegExp(`${transport}://[^ ]*:(\\d+)`).exec(url)?.[1]);
  async function stored(tenantId = acme): Promise<readonly Log[]> {
    const logs: Log[] = [];
    for (let partition = 0; partition < 4; partition += 1) {
      const { records } = await log.read(tenantId, 'signals', { partition, fromOffset: 0, recordsMax: 10_000 });
      for (const { value } of records) {
        logs.push(Log.parse(DiscreteSignal.parse(JSON.parse(Buffer.from(value).toString()))));
      }
    }
    return logs;
  }
  return { portOf, stored };
}

describe.skipIf(loggerCommand === undefined)('logger of util-linux (needs HELIOS_TEST_LOGGER)', () => {
  it('over TCP as the page says, with the words of the page', async () => {
    const { portOf, stored } = await open();
    const command = /^logger (--server.*)$/m.exec(page)?.[1] ?? '';
    const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
    const args = words.map((word) =>
      word === 'heliosiq.example.org' ? '127.0.0.1' : word === '1514' ? String(portOf('tcp')) : word,
    );
    await run(loggerCommand ?? '', args);
    await expect
      .poll(() => stored())
      .toMatchObject([
        {
          body: 'backup failed: disk full',
          severity: 'high',
          labels: { app: 'backup', facility: 'user', level: 'error' },
        },
      ]);
  });

  it.each([
    ['--udp', 'udp', '--rfc3164'],
    ['--tcp', 'tcp', '--rfc3164'],
    ['--udp', 'udp', '--rfc5424'],
  ])('%s (%s) in the form of %s', async (flag, transport, form) => {
    const { portOf, stored } = await open({ zone: zoneHere() });
    const before = Date.now();
    await run(loggerCommand ?? '', [
      '--server',
      '127.0.0.1',
      '--port',
      String(portOf(transport)),
      flag,
      form,
      '-t',
      'job',
      '-i',
      'häuser',
    ]);
    await expect.poll(() => stored()).toMatchObject([{ body: 'häuser', severity: 'info', labels: { app: 'job' } }]);
    const [log] = await stored();
    expect(log?.asset).not.toBe('127.0.0.1');
    expect(Math.abs((log?.at ?? 0) - before)).toBeLessThan(600_000);
  });
});

describe.skipIf(rsyslogd === undefined)('rsyslog (needs HELIOS_TEST_RSYSLOGD)', () => {
  it('with the configuration of the page forwards a file of 5,000 lines: all are stored, each once', async () => {
    const folder = await temporaryFolder();
    closing.push(async () => folder[Symbol.asyncDispose]());
    const { portOf, stored } = await open();
    const action = /```conf\n(action\([^]*?)```/
      .exec(page)?.[1]
      ?.replace('heliosiq.example.org', '127.0.0.1')
      .replace('1514', String(portOf('tcp')));
    const file = join(folder.path, 'app.log');
    const work = join(folder.path, 'work');
    await mkdir(work);
    await writeFile(file, '');
    const configuration = join(folder.path, 'rsyslog.conf');
    await writeFile(
      configuration,
      [
        `global(workDirectory="${work}")`,
        'module(load="imfile" mode="polling" pollingInterval="1")',
        `input(type="imfile" File="${file}" Tag="app:" Severity="warning" Facility="local3")`,
        action,
      ].join('\n'),
    );
    const child = spawn(rsyslogd ?? '', ['-n', '-f', configuration, '-i', join(folder.path, 'pid')], {
      stdio: 'ignore',
    });
    closing.push(async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    });
    await writeFile(file, Array.from({ length: 5000 }, (_, index) => `line ${index} of "them"\n`).join(''));
    await expect.poll(async () => (await stored()).length, { timeout: 90_000 }).toBe(5000);
    const logs = await stored();
    // As a set: rsyslog itself overtakes lines that it has put to disk.
    expect(new Set(logs.map(({ body }) => body.trim()))).toEqual(
      new Set(Array.from({ length: 5000 }, (_, index) => `line ${index} of "them"`)),
    );
    expect(logs[0]).toMatchObject({
      severity: 'medium',
      labels: { app: 'app', facility: 'local3', level: 'warning' },
    });
  });
});

describe('syslog over TLS', () => {
  it('takes the tenant from the client’s certificate, and refuses strangers', async () => {
    const folder = await temporaryFolder();
    closing.push(async () => folder[Symbol.asyncDispose]());
    const at = (name: string) => join(folder.path, name);
    const openssl = (...args: readonly string[]) => run('openssl', [...args], { cwd: folder.path });
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    await openssl(
      'req',
      '-x509',
      ...key,
      '-keyout',
      at('ca.key'),
      '-out',
      at('ca.pem'),
      '-subj',
      '/CN=Test CA',
      '-days',
      '2',
    );
    for (const [name, subject] of [
      ['server', '/CN=localhost'],
      ['known', '/O=Acme/CN=plant-7'],
      ['stranger', '/O=Other/CN=plant-8'],
    ] as const) {
      await openssl('req', ...key, '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`), '-subj', subject);
      await openssl(
        'x509',
        '-req',
        '-in',
        at(`${name}.csr`),
        '-CA',
        at('ca.pem'),
        '-CAkey',
        at('ca.key'),
        '-CAcreateserial',
        '-out',
        at(`${name}.pem`),
        '-days',
        '2',
      );
    }
    const text = (name: string) => readFileSync(at(name), 'utf8');
    const plant = TenantId.parse('plant');
    const authenticator: Authenticator = {
      authenticate: (credential) =>
        credential.kind === 'certificate' && credential.subject === 'CN=plant-7,O=Acme'
          ? Promise.resolve({ tenantId: plant, actor: 'certificate:plant-7', role: 'operator' })
          : Promise.reject(new HeliosError('unauthenticated', 'unknown')),
    };
    const tls = { port: 0, cert: text('server.pem'), key: text('server.key'), clientCa: text('ca.pem') };
    const { portOf, stored } = await open({ tcpPort: undefined, udpPort: undefined, tls }, authenticator);
    const speak = async (name?: string) => {
      const shown = name === undefined ? {} : { cert: text(`${name}.pem`), key: text(`${name}.key`) };
      const socket = connectTls({
        host: '127.0.0.1',
        port: portOf('tls'),
        servername: 'localhost',
        ca: text('ca.pem'),
        ...shown,
      });
      socket.on('error', () => undefined);
      socket.resume();
      // Not `once` of events, which rejects for the refusal that is expected here.
      const closed = new Promise((resolve) => void socket.once('close', resolve));
      socket.end(`<13>1 - h a - - - from ${name ?? 'nobody'}\n`);
      await closed;
    };
    await speak();
    await speak('stranger');
    await speak('known');
    await expect.poll(async () => (await stored(plant)).map(({ body }) => body)).toEqual(['from known']);
    expect(await stored()).toEqual([]);
  });
});

describe('a sender that lies about its length', () => {
  it('costs no more memory than a message, and others go on', async () => {
    const { portOf, stored } = await open({ messageBytesMax: 1000 });
    const liar = connect(portOf('tcp'), '127.0.0.1');
    liar.write('999999999 <13>');
    const chunk = Buffer.alloc(1_000_000, 'x');
    for (let sent = 0; sent < 50; sent += 1) if (!liar.write(chunk)) await once(liar, 'drain');
    const good = connect(portOf('tcp'), '127.0.0.1');
    good.end('<13>1 - h a - - - fine\n');
    await expect.poll(async () => (await stored()).map(({ body }) => body)).toEqual(['fine']);
    liar.destroy();
  });
});

/** The offset of this machine's zone now, as `+02:00`. */
function zoneHere(): string {
  const minutes = -new Date().getTimezoneOffset();
  const two = (value: number) => String(Math.floor(Math.abs(value))).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}
