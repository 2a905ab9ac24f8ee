import { isIPv6 } from 'node:net';
import type * as Grpc from '@grpc/grpc-js';
import { HeliosError, roleIncludes } from '@heliosiq/model';
import type { Principal } from '@heliosiq/model';
import type { Authenticator, Credential, Listener, Logger, Meter } from '@heliosiq/ports';
import { wireExportAnswer, wireRpcStatus } from './answer-messages.ts';
import type { SignalKind } from './answer-messages.ts';
import { createGrpcSockets } from './grpc-sockets.ts';
import type { GrpcSockets, GrpcTls } from './grpc-sockets.ts';
import type { OtlpIntake } from './otlp-intake.ts';
import { faultOf, rpcStatusOf } from './rpc-fault.ts';
import { createTurns } from './turns.ts';

export interface OtlpGrpcLimits {
  /** Size of a message, on the wire and after decompression. */
  readonly messageBytesMax: number;
  /** Messages that are read and stored at once; further calls wait before theirs is read. */
  readonly messagesAtOnceMax: number;
  /** Calls that wait, and for how long, before they are told to come back. */
  readonly callsWaitingMax: number;
  readonly callWaitMs: number;
  /** A call whose turn it is must send its message in this time. */
  readonly readTimeoutMs: number;
  /** Calls at a time on one connection, and connections. */
  readonly streamsMax: number;
  readonly connectionsMax: number;
  /** How long `close` waits for calls that have begun. */
  readonly closeTimeoutMs: number;
}

export const otlpGrpcLimits: OtlpGrpcLimits = {
  messageBytesMax: 16 * 2 ** 20,
  messagesAtOnceMax: 16,
  callsWaitingMax: 2000,
  callWaitMs: 5000,
  readTimeoutMs: 30_000,
  streamsMax: 100,
  connectionsMax: 2000,
  closeTimeoutMs: 8000,
};

export interface OtlpGrpcListenerDeps {
  readonly intake: OtlpIntake;
  readonly authenticator: Authenticator;
  readonly meter: Meter;
  readonly logger: Logger;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly limits?: Partial<OtlpGrpcLimits>;
  readonly tls?: GrpcTls;
}

const services: Readonly<Record<SignalKind, string>> = {
  metrics: 'opentelemetry.proto.collector.metrics.v1.MetricsService',
  logs: 'opentelemetry.proto.collector.logs.v1.LogsService',
  traces: 'opentelemetry.proto.collector.trace.v1.TraceService',
};

const handshakeTimeoutMs = 10_000;
const keepAliveMs = 60_000;

/** A call that may be read: its sender is known, and it has a turn. */
interface AdmittedCall {
  readonly principal: Principal;
  readonly giveBack: () => void;
}

/**
 * OTLP/gRPC (https://opentelemetry.io/docs/specs/otlp/#otlpgrpc): the three `Export` calls, messages as they are on the
 * wire, gzip as gRPC does it. Senders show `authorization: Bearer …` or `Basic …`, or a certificate. Nothing is read of
 * a call whose sender is not known, nor of more calls at once than the memory is for.
 */
export function createOtlpGrpcListener(deps: OtlpGrpcListenerDeps): Listener {
  const { intake, authenticator, meter, logger, host, port, tls } = deps;
  const limits = { ...otlpGrpcLimits, ...deps.limits };
  const turns = createTurns({
    atOnceMax: limits.messagesAtOnceMax,
    waitingMax: limits.callsWaitingMax,
    waitMs: limits.callWaitMs,
  });
  const calls = meter.counter({
    name: 'heliosiq_ingest_otlp_grpc_calls_total',
    help: 'Calls of OTLP/gRPC by kind and status code.',
    labels: ['kind', 'code'],
  });
  /** By the metadata of the call, the one thing that its admission and its handler both see. */
  const admitted = new WeakMap<Grpc.Metadata, AdmittedCall>();
  let opened: { readonly server: Grpc.Server; readonly sockets: GrpcSockets } | undefined;

  async function admit(metadata: Grpc.Metadata, certificateSubject: string | undefined): Promise<AdmittedCall> {
    const principal = await authenticator.authenticate(credentialOf(metadata, certificateSubject));
    if (!roleIncludes(principal.role, 'operator')) {
      throw new HeliosError('forbidden', 'This credential may not write', { cure: 'Use a key of an operator' });
    }
    return { principal, giveBack: await turns.take() };
  }

  async function take(kind: SignalKind, call: Grpc.ServerUnaryCall<Buffer, Buffer>): Promise<Buffer> {
    const held = admitted.get(call.metadata);
    if (held === undefined) throw new HeliosError('internal', 'A call was read without a credential');
    try {
      const refused = await intake.take(held.principal, { kind, encoding: 'protobuf', body: call.request });
      return Buffer.from(wireExportAnswer(refused));
    } finally {
      held.giveBack();
    }
  }

  function makeServer(grpc: typeof Grpc, sockets: Pick<GrpcSockets, 'certificateSubject'>): Grpc.Server {
    /** A fault as the call's status; those of ours go to the log, those of a sender only when it asks. */
    function statusOf(error: unknown, kind: SignalKind): Pick<Grpc.StatusObject, 'code' | 'details' | 'metadata'> {
      const fault = faultOf(error);
      const status = rpcStatusOf(fault);
      calls.add(1, { kind, code: String(status.code) });
      if (status.code === grpc.status.INTERNAL) logger.error({ kind, error }, 'otlp-grpc-failed');
      else logger.debug({ kind, code: fault.code, error }, 'otlp-grpc-refused');
      const metadata = new grpc.Metadata();
      metadata.set('grpc-status-details-bin', Buffer.from(wireRpcStatus(status)));
      return { code: status.code, details: status.message, metadata };
    }

    const admission: Grpc.ServerInterceptor = ({ path }, call) => {
      const kind = kindOfPath(path);
      let giveBack = (): void => undefined;
      let reading: NodeJS.Timeout | undefined;
      let isOver = false;
      return new grpc.ServerInterceptingCall(call, {
        start: (next) =>
          next({
            onReceiveMetadata(metadata, readOn) {
              const subject = sockets.certificateSubject(call.getConnectionInfo());
              admit(metadata, subject).then(
                (held) => {
                  giveBack = held.giveBack;
                  if (isOver) giveBack();
                  else {
                    const late = new HeliosError('timeout', 'The message did not come');
                    reading = setTimeout(() => call.sendStatus(statusOf(late, kind)), limits.readTimeoutMs);
                    admitted.set(metadata, held);
                    readOn(metadata);
                  }
                },
                (error: unknown) => call.sendStatus(statusOf(error, kind)),
              );
            },
            onReceiveMessage(message, readOn) {
              clearTimeout(reading);
              readOn(message);
            },
            // Comes when the call has ended, in whatever way.
            onCancel() {
              isOver = true;
              clearTimeout(reading);
              giveBack();
            },
          }),
      });
    };

    const server = new grpc.Server({
      interceptors: [admission],
      'grpc.max_receive_message_length': limits.messageBytesMax,
      'grpc.max_concurrent_streams': limits.streamsMax,
      'grpc.keepalive_time_ms': keepAliveMs,
      'grpc.enable_channelz': 0,
    });
    const asIs = (bytes: Buffer): Buffer => bytes;
    for (const kind of ['metrics', 'logs', 'traces'] as const) {
      const handle: Grpc.handleUnaryCall<Buffer, Buffer> = (call, answer) => {
        take(kind, call).then(
          (response) => {
            calls.add(1, { kind, code: '0' });
            answer(null, response);
          },
          (error: unknown) => answer(statusOf(error, kind)),
        );
      };
      server.register(`/${services[kind]}/Export`, handle, asIs, asIs, 'unary');
    }
    return server;
  }

  return {
    name: 'otlp-grpc',

    async listen() {
      // Loaded here, so that programs that do not listen need not have it in memory.
      const grpc = await import('@grpc/grpc-js');
      const socketLimits = { tls, connectionsMax: limits.connectionsMax, handshakeTimeoutMs };
      const sockets = createGrpcSockets(socketLimits, (socket) => injector.injectConnection(socket));
      const server = makeServer(grpc, sockets);
      const injector = server.createConnectionInjector(grpc.ServerCredentials.createInsecure());
      const bound = await sockets.listen({ host, port });
      opened = { server, sockets };
      return { url: `${tls === undefined ? 'http' : 'https'}://${isIPv6(host) ? `[${host}]` : host}:${bound}` };
    },

    async close() {
      const closing = opened;
      opened = undefined;
      if (closing === undefined) return;
      closing.sockets.close();
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => closing.server.forceShutdown(), limits.closeTimeoutMs);
        closing.server.tryShutdown(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    },
  };
}

function kindOfPath(path: string): SignalKind {
  return path.includes('.logs.') ? 'logs' : path.includes('.trace.') ? 'traces' : 'metrics';
}

/** What the caller shows for who it is; throws `unauthenticated` where that is nothing. */
function credentialOf(metadata: Grpc.Metadata, certificateSubject: string | undefined): Credential {
  const header = metadata.get('authorization').at(-1);
  const [, scheme = '', value = ''] = /^(\S+)\s+(.+)$/.exec(String(header ?? '').trim()) ?? [];
  if (scheme.toLowerCase() === 'bearer') return { kind: 'token', token: value };
  if (scheme.toLowerCase() === 'basic') {
    const text = Buffer.from(value, 'base64').toString();
    const colon = text.indexOf(':');
    if (colon >= 0) return { kind: 'password', user: text.slice(0, colon), password: text.slice(colon + 1) };
  }
  if (header === undefined && certificateSubject !== undefined) {
    return { kind: 'certificate', subject: certificateSubject };
  }
  throw new HeliosError('unauthenticated', 'No credential was given', {
    cure: 'Send the metadata authorization: Bearer <API key>',
  });
}
