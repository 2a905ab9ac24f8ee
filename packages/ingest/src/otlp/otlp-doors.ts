import { errorTable } from '@heliosiq/model';
import type { HeliosError } from '@heliosiq/model';
import type { DoorAnswer, HttpDoor } from '@heliosiq/ports';
import { jsonExportAnswer, jsonRpcStatus, wireExportAnswer, wireRpcStatus } from './answer-messages.ts';
import type { SignalKind } from './answer-messages.ts';
import type { OtlpIntake } from './otlp-intake.ts';
import { rpcStatusOf } from './rpc-fault.ts';

const protobufType = 'application/x-protobuf';
const jsonType = 'application/json';

/**
 * OTLP/HTTP 1.x (https://opentelemetry.io/docs/specs/otlp/#otlphttp) on `/v1/metrics`, `/v1/logs` and `/v1/traces`, in
 * protobuf and JSON; answers and faults come in the type of the request.
 */
export function createOtlpDoors({ intake }: { readonly intake: OtlpIntake }): readonly HttpDoor[] {
  return (['metrics', 'logs', 'traces'] as const).map((kind) => doorOf(kind, intake));
}

function doorOf(kind: SignalKind, intake: OtlpIntake): HttpDoor {
  return {
    name: `otlp-${kind}`,
    method: 'POST',
    path: `/v1/${kind}`,
    consumes: [protobufType, jsonType],

    async handle({ principal, mediaType, body, requestId }): Promise<DoorAnswer> {
      const encoding = mediaType === jsonType ? 'json' : 'protobuf';
      const refused = await intake.take(principal, { kind, encoding, body, correlationId: requestId });
      return encoding === 'json'
        ? { status: 200, mediaType: jsonType, body: jsonExportAnswer(kind, refused) }
        : { status: 200, mediaType: protobufType, body: wireExportAnswer(refused) };
    },

    describeFault(fault: HeliosError, { contentType }): DoorAnswer {
      const rpcStatus = rpcStatusOf(fault);
      const { status } = errorTable[fault.code];
      return contentType.toLowerCase().startsWith(jsonType)
        ? { status, mediaType: jsonType, body: jsonRpcStatus(rpcStatus) }
        : { status, mediaType: protobufType, body: wireRpcStatus(rpcStatus) };
    },
  };
}
