import { HeliosError, errorTable } from '@heliosiq/model';
import type { ErrorCode } from '@heliosiq/model';
import { fieldPathOf } from '@heliosiq/model/field-path.ts';
import type { z } from 'zod';

export const problemMediaType = 'application/problem+json';

/** An error answer: RFC 9457 problem details with this house's members. */
export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const codeOfStatus = new Map<number, ErrorCode>([
  [400, 'invalid-request'],
  [404, 'not-found'],
  [405, 'method-not-allowed'],
  [408, 'timeout'],
  [413, 'too-large'],
  [414, 'invalid-request'],
  [415, 'unsupported-media-type'],
  [431, 'invalid-request'],
  [503, 'unavailable'],
]);

/** Any thrown thing as a `HeliosError`: what the HTTP framework refuses keeps its status, a passed deadline is a `timeout`, the rest is `internal`. */
export function heliosErrorOf(error: unknown): HeliosError {
  if (error instanceof HeliosError) return error;
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return new HeliosError('timeout', 'The answer took too long', { cause: error });
  }
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : Number.NaN;
  const code = codeOfStatus.get(status);
  if (code === undefined || !(error instanceof Error))
    return new HeliosError('internal', String(error), { cause: error });
  return new HeliosError(code, error.message, { cause: error, cure: 'Look the request up in /openapi.json' });
}

/** The answer for an error. Words of faults from 500 on stay inside; `extensions` are further public members. */
export function problemOf(
  error: HeliosError,
  { requestId, instance }: { readonly requestId: string; readonly instance: string },
  extensions: Readonly<Record<string, unknown>> = {},
): ProblemAnswer {
  const rule = errorTable[error.code];
  const isPublic = rule.status < 500;
  const retryAfterS = error.retryAfterS ?? (rule.status === 429 || rule.status === 503 ? 1 : undefined);
  return {
    status: rule.status,
    headers: {
      ...(retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) }),
      ...(rule.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    },
    body: JSON.stringify({
      type: `urn:heliosiq:problem:${error.code}`,
      title: rule.title,
      status: rule.status,
      ...(isPublic ? { detail: error.message.slice(0, 1000) } : {}),
      code: error.code,
      ...(error.field === undefined ? {} : { field: error.field }),
      ...(error.cure === undefined ? {} : { cure: error.cure }),
      requestId,
      instance,
      ...extensions,
    }),
  };
}

/** A request's path without its query. */
export function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

export function nothingAt(path: string): HeliosError {
  return new HeliosError('not-found', `There is nothing at ${path.slice(0, 200)}`, {
    cure: 'Look it up in /openapi.json',
  });
}

/** Parses a part of a request; throws `invalid-request` that names the first field at fault. */
export function parsePart<Schema extends z.ZodType>(schema: Schema, value: unknown, part: string): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const path = unknown === undefined ? (issue?.path ?? []) : [...(issue?.path ?? []), unknown];
  const field = path.length === 0 ? part : fieldPathOf(path);
  const reason = unknown === undefined ? (issue?.message ?? 'it is not valid') : `the ${part} has no such field`;
  throw new HeliosError('invalid-request', `${field}: ${reason}`, {
    field,
    cure: `Correct ${field}; /openapi.json describes the ${part}`,
  });
}
