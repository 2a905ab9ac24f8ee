import { boundedText } from './label-limits.ts';

const lengthMax = 120;

/** Parts of a name that tell one request from another: numbers, UUIDs and other long hexadecimal words. */
const identifier = /^(?:\d+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?=[a-f]*\d)[0-9a-f]{12,})$/i;

/**
 * The operation that a span's name means. Names should be of low cardinality
 * (https://opentelemetry.io/docs/specs/otel/trace/api/#span), and often are not: `GET /users/4711?full=1` becomes
 * `GET /users/{id}`. It depends on the name alone, so that a span that is sent again is of the same operation.
 */
export function operationName(spanName: string): string {
  const trimmed = spanName.trim();
  if (trimmed === '') return 'unnamed';
  const path = trimmed.replace(/\?\S*/, '');
  const parts = path.split(/([\s/:,;=]+)/).map((part) => (identifier.test(part) ? '{id}' : part));
  return boundedText(parts.join(''), lengthMax);
}
