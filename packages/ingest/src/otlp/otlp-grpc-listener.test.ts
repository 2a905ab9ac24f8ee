import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HeliosError } from '@heliosiq/model';
import type { Principal } from '@heliosiq/model';
import type { Authenticator, Credential, Listener } from '@heliosiq/ports';
import * as grpc from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { createOtlpGrpcListener } from './otlp-grpc-listener.ts';
import type { OtlpGrpcListenerDeps } from './otlp-grpc-listener.ts';
import { openOtlpIntake, silentLogger, testPrincipal, uncountedMeter } from './testing/open-otlp-intake.ts';
import { sampleRequests } from './testing/sample-requests.ts';
import { wireOfJson } from './testing/wire-of-json.ts';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const paths = {
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
} as const;

/** Knows one key of an operator, one of a viewer, and one certificate. */
const authenticator: Authenticator = {
  async authenticate(credential: Credential): Promise<Principal> {
    const shown =
      credential.kind === 'token' ? credential.token : credential.kind === 'password' ? credential.password : '';
    if (shown === 'writer') return testPrincipal;
    if (credential.kind === 'certificate' && credential.subject === 'CN=plant-7,O=Acme') return testPrincipal;
    if (shown === 'reader') return { ...testPrincipal, role: 'viewer' };
    throw new HeliosError('unauthenticated', 'The key is not known');
  },
};

async function openListener(more: Partial<OtlpGrpcListenerDeps> = {}) {
  const opened = openOtlpIntake();
  const listener: Listener = createOtlpGrpcListener({
    intake: opened.intake,
    authenticator,
    meter: uncountedMeter,
    logger: silentLogger,
    host: '127.0.0.1',
    port: 0,
    ...more,
  });
  const { url } = await listener.listen();
  closing.push(() => listener.close());
  return { ...opened, listener, url };
}

function clientOf(
  url: string,
  options: grpc.ClientOptions = {},
  credentials = grpc.credentials.createInsecure(),
): grpc.Client {
  const client = new grpc.Client(new URL(url).host, credentials, options);
  closing.push(() => client.close());
  return client;
}

function call(client: grpc.Client, kind: keyof typeof paths, body: Buffer, authorization?: string): Promise<Buffer> {
  const metadata = new grpc.Metadata();
  if (authorization !== undefined) metadata.set('authorization', authorization);
  const asIs = (bytes: Buffer): Buffer => bytes;
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(paths[kind], asIs, asIs, body, metadata, (error, answer) => {
      if (error === null && answer !== undefined) resolve(answer);
      else reject(error ?? new Error('there was no answer'));
    });
  });
}

const bodyOf = (kind: keyof typeof paths) => wireOfJson(kind, sampleRequests[kind]);

describe('OTLP over gRPC', () => {
  it.each(['metrics', 'logs', 'traces'] as const)('stores %s, compressed or not', async (kind) => {
    const { url, appended } = await openListener();
    expect(await call(clientOf(url), kind, bodyOf(kind), 'Bearer writer')).toHaveLength(0);
    const plain = appended.length;
    const gzip = { 'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip };
    expect(await call(clientOf(url, gzip), kind, bodyOf(kind), `Basic ${btoa('acme:writer')}`)).toHaveLength(0);
    expect(plain).toBeGreaterThan(0);
    expect(appended.slice(plain).map(({ id }) => id)).toEqual(appended.slice(0, plain).map(({ id }) => id));
  });

  it('tells strangers from those who may not write', async () => {
    const { url, appended } = await openListener();
    const client = clientOf(url);
    await expect(call(client, 'logs', bodyOf('logs'))).rejects.toMatchObject({ code: grpc.status.UNAUTHENTICATED });
    const stranger = call(client, 'logs', bodyOf('logs'), 'Bearer guess');
    await expect(stranger).rejects.toMatchObject({ code: grpc.status.UNAUTHENTICATED });
    const reader = call(client, 'logs', bodyOf('logs'), 'Bearer reader');
    await expect(reader).rejects.toMatchObject({ code: grpc.status.PERMISSION_DENIED });
    expect(appended).toEqual([]);
  });

  it('says which faults a retry mends, and after which time', async () => {
    const { url, fail } = await openListener();
    const client = clientOf(url);
    fail(new HeliosError('rate-limited', 'slow down', { retryAfterS: 7 }));
    const limited: unknown = await call(client, 'logs', bodyOf('logs'), 'Bearer writer').catch(
      (error: unknown) => error,
    );
    expect(limited).toMatchObject({ code: grpc.status.RESOURCE_EXHAUSTED, details: 'slow down' });
    // The cast holds: a refused call is a ServiceError.
    const [details] = (limited as grpc.ServiceError).metadata.get('grpc-status-details-bin');
    const text = Buffer.from(details ?? '').toString('latin1');
    expect(text).toContain('type.googleapis.com/google.rpc.RetryInfo');
    expect(text.endsWith('\x12\x04\x0a\x02\x08\x07')).toBe(true);
    fail(new Error('connection lost to 10.0.0.7'));
    const lost = call(client, 'logs', bodyOf('logs'), 'Bearer writer');
    await expect(lost).rejects.toMatchObject({
      code: grpc.status.UNAVAILABLE,
      details: 'A part that is needed is not available',
    });
    const unreadable = call(client, 'logs', Buffer.from('not protobuf'), 'Bearer writer');
    await expect(unreadable).rejects.toMatchObject({ code: grpc.status.INVALID_ARGUMENT });
  });

  it('refuses messages above the limit, also when they only grow by decompression', async () => {
    const { url, appended } = await openListener({ limits: { messageBytesMax: 10_000 } });
    const gzip = { 'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip };
    for (const client of [clientOf(url), clientOf(url, gzip)]) {
      const sent = call(client, 'logs', Buffer.alloc(1_000_000), 'Bearer writer');
      await expect(sent).rejects.toMatchObject({ code: grpc.status.RESOURCE_EXHAUSTED });
    }
    expect(appended).toEqual([]);
  });

  it('lets calls wait for their turn', async () => {
    const { url, storedSignals } = await openListener({ limits: { messagesAtOnceMax: 2 } });
    const client = clientOf(url);
    await Promise.all(Array.from({ length: 50 }, () => call(client, 'logs', bodyOf('logs'), 'Bearer writer')));
    expect(storedSignals()).toHaveLength(100);
  });

  it('tells those that wait too long to come back, and takes its turn from a call that went away', async () => {
    const { url } = await openListener({ limits: { messagesAtOnceMax: 1, callWaitMs: 50 } });
    const metadata = new grpc.Metadata();
    metadata.set('authorization', 'Bearer writer');
    const asIs = (bytes: Buffer): Buffer => bytes;
    // A call that never sends its message holds on to its turn.
    const holding = clientOf(url).makeClientStreamRequest(paths.logs, asIs, asIs, metadata, () => undefined);
    holding.on('error', () => undefined);
    const client = clientOf(url);
    const trying = () => call(client, 'logs', bodyOf('logs'), 'Bearer writer').catch((error: unknown) => error);
    const busy = { code: grpc.status.RESOURCE_EXHAUSTED, details: expect.stringContaining('Too much') };
    await expect.poll(trying, { timeout: 30_000 }).toMatchObject(busy);
    holding.cancel();
    await expect.poll(trying, { timeout: 30_000 }).toBeInstanceOf(Buffer);
  });

  it('gives up on a message that does not come', async () => {
    const { url } = await openListener({ limits: { messagesAtOnceMax: 1, readTimeoutMs: 2000 } });
    const metadata = new grpc.Metadata();
    metadata.set('authorization', 'Bearer writer');
    const asIs = (bytes: Buffer): Buffer => bytes;
    const silent = new Promise((resolve) => {
      clientOf(url).makeClientStreamRequest(paths.logs, asIs, asIs, metadata, resolve);
    });
    expect(await silent).toMatchObject({ code: grpc.status.UNAVAILABLE });
    // A machine that is too busy for a message in that time gets another try.
    const client = clientOf(url);
    const trying = () => call(client, 'logs', bodyOf('logs'), 'Bearer writer').catch((error: unknown) => error);
    await expect.poll(trying, { timeout: 30_000 }).toHaveLength(0);
  });

  it('says when its port is taken', async () => {
    const { url } = await openListener();
    await expect(openListener({ port: Number(new URL(url).port) })).rejects.toMatchObject({ code: 'port-in-use' });
  });

  it('takes nothing more once it is closed', async () => {
    const { url, listener } = await openListener();
    await listener.close();
    await expect(call(clientOf(url), 'logs', bodyOf('logs'), 'Bearer writer')).rejects.toMatchObject({
      code: grpc.status.UNAVAILABLE,
    });
  });
});

describe('OTLP over gRPC with TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heliosiq-grpc-'));
  const openssl = (...words: string[]): void => {
    execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' });
  };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const pem = (name: string): string => readFileSync(join(folder, name), 'utf8');

  function certify(name: string, subject: string, authority: string): void {
    openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject);
    writeFileSync(join(folder, 'names'), 'subjectAltName=IP:127.0.0.1');
    const signer = ['-CA', `${authority}.crt`, '-CAkey', `${authority}.key`, '-CAcreateserial'];
    openssl('x509', '-req', '-in', `${name}.csr`, ...signer, '-out', `${name}.crt`, '-days', '2', '-extfile', 'names');
  }

  for (const name of ['authority', 'stranger']) {
    openssl(
      'req',
      '-x509',
      ...key,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.crt`,
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
    );
  }
  certify('server', '/CN=server', 'authority');
  certify('plant', '/O=Acme/CN=plant-7', 'authority');
  certify('forged', '/O=Acme/CN=plant-7', 'stranger');
  const tls = { certificate: pem('server.crt'), key: pem('server.key'), clientAuthorities: pem('authority.crt') };
  const credentialsOf = (name?: string): grpc.ChannelCredentials => {
    const own = name === undefined ? [] : [Buffer.from(pem(`${name}.key`)), Buffer.from(pem(`${name}.crt`))];
    return grpc.credentials.createSsl(Buffer.from(pem('authority.crt')), ...own);
  };
  const [plant, forged, nobody] = [credentialsOf('plant'), credentialsOf('forged'), credentialsOf()];
  rmSync(folder, { recursive: true });

  it('knows a sender by a verified certificate alone', async () => {
    const { url, storedSignals } = await openListener({ tls });
    expect(url).toMatch(/^https:/);
    await call(clientOf(url, {}, plant), 'logs', bodyOf('logs'));
    expect(storedSignals()).toHaveLength(2);
    const forger = call(clientOf(url, {}, forged), 'logs', bodyOf('logs'));
    await expect(forger).rejects.toMatchObject({ code: grpc.status.UNAUTHENTICATED });
  });

  it('takes a token from a sender without a certificate', async () => {
    const { url, storedSignals } = await openListener({ tls });
    const client = clientOf(url, {}, nobody);
    await expect(call(client, 'logs', bodyOf('logs'))).rejects.toMatchObject({ code: grpc.status.UNAUTHENTICATED });
    await call(client, 'logs', bodyOf('logs'), 'Bearer writer');
    expect(storedSignals()).toHaveLength(2);
  });
});
