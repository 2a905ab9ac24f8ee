import { findErrorBy, MultipleErrors } from '@platformatic/kafka';
import { HeliosError } from '@heliosiq/model';

/** Gives a fault of the Kafka client a code: `too-large` for what no retry helps, `unavailable` for outages and for what a broker refuses at the moment. */
export function asKafkaFault(error: unknown, during: string): HeliosError {
  if (error instanceof HeliosError) return error;
  const fault = error instanceof Error ? error : new Error(String(error));
  const reason = `Kafka: ${during}: ${innermost(fault)}`;
  if (hasProtocolError(fault, 'MESSAGE_TOO_LARGE') || hasProtocolError(fault, 'RECORD_LIST_TOO_LARGE')) {
    return new HeliosError('too-large', reason, {
      cause: error,
      cure: "Raise the topic's max.message.bytes, or send smaller records.",
    });
  }
  return new HeliosError('unavailable', reason, { cause: error, retryAfterS: 1 });
}

/** Whether an error of the client is, or holds, one that a broker answered with (Kafka protocol, error codes). */
export function hasProtocolError(error: unknown, id: string): boolean {
  return error instanceof Error && findErrorBy(error, 'apiId', id) !== null;
}

/** What the client says at the bottom of its chains: the outer errors only count the attempts. */
function innermost(error: Error): string {
  let at: Error = error;
  for (let depth = 0; depth < 8; depth += 1) {
    const inner: unknown = at instanceof MultipleErrors ? at.errors.at(-1) : at.cause;
    if (!(inner instanceof Error)) break;
    at = inner;
  }
  return at.message;
}
