import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** What a request's kind calls the items that it counts as refused. */
export type SignalKind = 'metrics' | 'logs' | 'traces';

const rejectedNames: Readonly<Record<SignalKind, string>> = {
  metrics: 'rejectedDataPoints',
  logs: 'rejectedLogRecords',
  traces: 'rejectedSpans',
};

export interface Refused {
  readonly count: number;
  readonly message: string;
}

/** An export response in protobuf: empty when everything was taken, else with `partial_success`. */
export function wireExportAnswer({ count, message }: Refused): Uint8Array {
  const writer = new BinaryWriter();
  if (count > 0 || message !== '') {
    writer.tag(1, WireType.LengthDelimited).fork();
    if (count > 0) writer.tag(1, WireType.Varint).int64(count);
    writer.tag(2, WireType.LengthDelimited).string(message);
    writer.join();
  }
  return writer.finish();
}

/** The same in OTLP/JSON. */
export function jsonExportAnswer(kind: SignalKind, { count, message }: Refused): string {
  if (count === 0 && message === '') return '{}';
  return JSON.stringify({ partialSuccess: { [rejectedNames[kind]]: String(count), errorMessage: message } });
}

/** A `google.rpc.Status`, with `RetryInfo` where a retry makes sense. */
export interface RpcStatus {
  /** A code of gRPC. */
  readonly code: number;
  readonly message: string;
  readonly retryAfterS?: number | undefined;
}

const retryInfoType = 'type.googleapis.com/google.rpc.RetryInfo';

export function wireRpcStatus({ code, message, retryAfterS }: RpcStatus): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Varint).int32(code);
  writer.tag(2, WireType.LengthDelimited).string(message);
  if (retryAfterS !== undefined) {
    // google.protobuf.Any of a RetryInfo, whose field 1 is a Duration: seconds and nanoseconds.
    const seconds = Math.floor(retryAfterS);
    const nanos = Math.round((retryAfterS - seconds) * 1e9);
    writer.tag(3, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(retryInfoType);
    writer.tag(2, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.Varint).int64(seconds);
    if (nanos > 0) writer.tag(2, WireType.Varint).int32(nanos);
    writer.join().join().join();
  }
  return writer.finish();
}

export function jsonRpcStatus({ code, message, retryAfterS }: RpcStatus): string {
  const details = retryAfterS === undefined ? [] : [{ '@type': retryInfoType, retryDelay: `${retryAfterS}s` }];
  return JSON.stringify({ code, message, ...(details.length > 0 ? { details } : {}) });
}
