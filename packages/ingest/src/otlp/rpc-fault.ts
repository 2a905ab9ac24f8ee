import { errorTable, HeliosError } from '@heliosiq/model';
import type { ErrorCode } from '@heliosiq/model';
import type { RpcStatus } from './answer-messages.ts';

/** Codes of gRPC (https://grpc.io/docs/guides/status-codes/). */
const rpcCodes = {
  invalidArgument: 3,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

const codeOfFault: Partial<Readonly<Record<ErrorCode, number>>> = {
  'rate-limited': rpcCodes.resourceExhausted,
  unavailable: rpcCodes.unavailable,
  timeout: rpcCodes.unavailable,
  unauthenticated: rpcCodes.unauthenticated,
  forbidden: rpcCodes.permissionDenied,
  'not-found': rpcCodes.notFound,
};

const retryAfterDefaultS = 1;

/**
 * A fault as OTLP tells it (https://opentelemetry.io/docs/specs/otlp/#failures): senders repeat `UNAVAILABLE`, and
 * `RESOURCE_EXHAUSTED` only where it says after which time.
 */
export function rpcStatusOf(fault: HeliosError): RpcStatus {
  const rule = errorTable[fault.code];
  const code = codeOfFault[fault.code] ?? (rule.status < 500 ? rpcCodes.invalidArgument : rpcCodes.internal);
  const isRepeatable = code === rpcCodes.unavailable || code === rpcCodes.resourceExhausted;
  const cure = fault.cure === undefined ? '' : `: ${fault.cure}`;
  return {
    code,
    // Words of faults inside never leave.
    message: rule.status < 500 ? `${fault.message}${cure}` : rule.title,
    ...(isRepeatable ? { retryAfterS: fault.retryAfterS ?? retryAfterDefaultS } : {}),
  };
}

/** Any error as a fault; what is none of ours is `internal`. */
export function faultOf(error: unknown): HeliosError {
  return error instanceof HeliosError ? error : new HeliosError('internal', 'OTLP intake failed', { cause: error });
}
