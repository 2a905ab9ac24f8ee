import { isIPv6 } from 'node:net';
import type * as Grpc from '@grpc/grpc-js';
import type { Server, ServerCredentials, ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import { HeliosError, roleIncludes } from '@heliosiq/model';
import type { Authenticator, Credential, Listener, Logger, Meter } from '@heliosiq/ports';
import { wireExportAnswer, wireRpcStatus } from './answer-messages.ts';
import type { SignalKind } from './answer-messages.ts';
import { certificateSubject } from './certificate-subject.ts';
import type { OtlpIntake } from './otlp-intake.ts';
import { faultOf, rpcStatusOf } from './rpc-fault.ts';

export interface OtlpGrpcLimits {
  /** Size of a message after decompression. */
  readonly messageBytesMax: number;
  /** Size of all messages that are being stored; more are refused with `RESOURCE_EXHAUSTED` for the time being. */
  readonly heldBytesMax: number;
  /** Calls at a time on one connection. */
  readonly streamsMax: number;
  /** How long `close` waits for calls that have begun. */
  readonly closeTimeoutMs: number;
}

export const otlpGrpcLimits: OtlpGrpcLimits = {
  messageBytesMax: 16 * 2 ** 20,
  heldBytesMax: 64 * 2 ** 20,
  streamsMax: 100,
  closeTimeoutMs: 10_000,
};

/** Certificates in PEM. */
export interface OtlpGrpcTls {
  readonly certificate: string;
  readonly key: string;
  /** With these, senders must show a certificate of theirs, whose subject is their credential. */
  readonly clientAuthorities?: string | undefined;
}

export interface OtlpGrpcListenerDeps {
  readonly intake: OtlpIntake;
  readonly authenticator: Authenticator;
  readonly meter: Meter;
  readonly logger: Logger;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly limits?: Partial<OtlpGrpcLimits>;
  readonly tls?: OtlpGrpcTls;
}

type ExportCall = ServerUnaryCall<Buffer, Buffer>;

const services: Readonly<Record<SignalKind, string>> = {
  metrics: 'opentelemetry.proto.collector.metrics.v1.MetricsService',
  logs: 'opentelemetry.proto.collector.logs.v1.LogsService',
  traces: 'opentelemetry.proto.collector.trace.v1.TraceService',
};

/**
 * OTLP/gRPC (https://opentelemetry.io/docs/specs/otlp/#otlpgrpc): the three `Export` calls, messages as they are on the
 * wire, gzip as gRPC does it. Senders show `authorization: Bearer …` or `Basic …`, or a certificate.
 */
export function createOtlpGrpcListener(deps: OtlpGrpcListenerDeps): Listener {
  const { intake, authenticator, meter, logger, host, port, tls } = deps;
  const limits = { ...otlpGrpcLimits, ...deps.limits };
  const calls = meter.counter({
    name: 'heliosiq_ingest_otlp_grpc_calls_total',
    help: 'Calls of OTLP/gRPC by kind and status code.',
    labels: ['kind', 'code'],
  });
  let server: Server | undefined;
  let heldBytes = 0;

  async function take(kind: SignalKind, call: ExportCall): Promise<Buffer> {
    const principal = await authenticator.authenticate(credentialOf(call));
    if (!roleIncludes(principal.role, 'operator')) {
      throw new HeliosError('forbidden', 'This credential may not write', { cure: 'Use a key of an operator' });
    }
    const body = call.request;
    if (heldBytes > 0 && heldBytes + body.length > limits.heldBytesMax) {
      throw new HeliosError('rate-limited', 'Too much is being stored at the moment', { retryAfterS: 1 });
    }
    heldBytes += body.length;
    try {
      return Buffer.from(wireExportAnswer(await intake.take(principal, { kind, encoding: 'protobuf', body })));
    } finally {
      heldBytes -= body.length;
    }
  }

  /** Adds the three services to a server. */
  function serve(kind: SignalKind, grpc: typeof Grpc, target: Server): void {
    const handle = (call: ExportCall, answer: sendUnaryData<Buffer>): void => {
      take(kind, call).then(
        (response) => {
          calls.add(1, { kind, code: '0' });
          answer(null, response);
        },
        (error: unknown) => {
          const fault = faultOf(error);
          const status = rpcStatusOf(fault);
          calls.add(1, { kind, code: String(status.code) });
          // Faults of ours go to the log; those of a sender only when it asks.
          if (status.code === grpc.status.INTERNAL) logger.error({ kind, error }, 'otlp-grpc-failed');
          else logger.debug({ kind, code: fault.code, error }, 'otlp-grpc-refused');
          const metadata = new grpc.Metadata();
          metadata.set('grpc-status-details-bin', Buffer.from(wireRpcStatus(status)));
          answer({ code: status.code, details: status.message, metadata });
        },
      );
    };
    const asIs = (bytes: Buffer): Buffer => bytes;
    target.register(`/${services[kind]}/Export`, handle, asIs, asIs, 'unary');
  }

  return {
    name: 'otlp-grpc',

    async listen() {
      // Loaded here, so that programs that do not listen need not have it in memory.
      const grpc = await import('@grpc/grpc-js');
      const opened = new grpc.Server({
        'grpc.max_receive_message_length': limits.messageBytesMax,
        'grpc.max_concurrent_streams': limits.streamsMax,
        'grpc.enable_channelz': 0,
      });
      for (const kind of ['metrics', 'logs', 'traces'] as const) serve(kind, grpc, opened);
      const named = isIPv6(host) ? `[${host}]` : host;
      const bound = await bind(opened, `${named}:${port}`, credentialsOf(grpc, tls));
      server = opened;
      return { url: `${tls === undefined ? 'http' : 'https'}://${named}:${bound}` };
    },

    async close() {
      const closing = server;
      server = undefined;
      if (closing === undefined) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => closing.forceShutdown(), limits.closeTimeoutMs);
        closing.tryShutdown(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    },
  };
}

function bind(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (cause, port) => {
      if (cause === null) resolve(port);
      else
        reject(
          new HeliosError('port-in-use', `The port is in use: ${address}`, { cause, cure: 'Choose another port' }),
        );
    });
  });
}

function credentialsOf(grpc: typeof Grpc, tls: OtlpGrpcTls | undefined): ServerCredentials {
  if (tls === undefined) return grpc.ServerCredentials.createInsecure();
  const authorities = tls.clientAuthorities === undefined ? null : Buffer.from(tls.clientAuthorities);
  const pair = { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.certificate) };
  return grpc.ServerCredentials.createSsl(authorities, [pair], authorities !== null);
}

/** What the caller shows for who it is; rejects with `unauthenticated` where that is nothing. */
function credentialOf(call: ExportCall): Credential {
  const header = call.metadata.get('authorization').at(-1);
  const [, scheme = '', value = ''] = /^(\S+)\s+(.+)$/.exec(String(header ?? '').trim()) ?? [];
  if (scheme.toLowerCase() === 'bearer') return { kind: 'token', token: value.trim() };
  if (scheme.toLowerCase() === 'basic') {
    const text = Buffer.from(value, 'base64').toString();
    const colon = text.indexOf(':');
    if (colon >= 0) return { kind: 'password', user: text.slice(0, colon), password: text.slice(colon + 1) };
  }
  const subject = call.getAuthContext()?.sslPeerCertificate?.subject;
  if (subject !== undefined) return { kind: 'certificate', subject: certificateSubject({ ...subject }) };
  throw new HeliosError('unauthenticated', 'No credential was given', {
    cure: 'Send the metadata authorization: Bearer <API key>',
  });
}
