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

/** Knows one key of an operator and one of a viewer. */
const authenticator: Authenticator = {
  async authenticate(credential: Credential): Promise<Principal> {
    const shown =
      credential.kind === 'token' ? credential.token : credential.kind === 'password' ? credential.password : '';
    if (shown === 'writer') return testPrincipal;
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

function clientOf(url: string, options: grpc.ClientOptions = {}): grpc.Client {
  const client = new grpc.Client(url.replace('http://', ''), grpc.credentials.createInsecure(), options);
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
