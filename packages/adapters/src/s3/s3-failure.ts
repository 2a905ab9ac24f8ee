/** What a failed request to an object store tells. */
export interface S3Failure {
  /** `NoSuchKey`, `SlowDown`, or the code of a connection's failure such as `ECONNREFUSED`. */
  readonly name: string;
  /** Of the answer; 0 where there was none. */
  readonly status: number;
  /** What the server asks to wait. */
  readonly retryAfterMs?: number;
  /** Where the bucket lies, when the server says that it is elsewhere. */
  readonly region?: string;
}

/** An answer whose body ended early, or was not what its checksum promised. */
export class SpoiltAnswer extends Error {}

/** An attempt that made no progress for as long as it is waited for. */
export class StalledAttempt extends Error {}

/** Reads what the client of the store rejects with. */
export function failureOf(error: unknown): S3Failure {
  if (typeof error !== 'object' || error === null) return { name: String(error), status: 0 };
  const metadata = fieldOf(error, '$metadata');
  const headers = fieldOf(fieldOf(error, '$response'), 'headers');
  const status = Number(fieldOf(metadata, 'httpStatusCode') ?? 0);
  const retryAfterS = Number(fieldOf(headers, 'retry-after'));
  const region = fieldOf(headers, 'x-amz-bucket-region') ?? fieldOf(error, 'Region');
  return {
    name: nameOf(error, status),
    status,
    ...(retryAfterS > 0 ? { retryAfterMs: retryAfterS * 1000 } : {}),
    ...(typeof region === 'string' ? { region } : {}),
  };
}

/** Names of failures that another attempt may well not meet. */
const passingNames = new Set([
  'BadDigest',
  'ConditionalRequestConflict',
  'InternalError',
  'OperationAborted',
  'RequestTimeTooSkewed', // the client then goes by the server's clock
  'RequestTimeout',
  'ServiceUnavailable',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TimeoutError',
  'XAmzContentChecksumMismatch',
  'XAmzContentSHA256Mismatch',
]);

/** True for what passes by itself: a busy or failing server, a broken connection, a spoilt answer. */
export function isPassing(error: unknown): boolean {
  if (error instanceof SpoiltAnswer || error instanceof StalledAttempt) return true;
  const { name, status } = failureOf(error);
  if (passingNames.has(name) || status === 408 || status === 429) return true;
  // 501 says what the server cannot do at all.
  return status === 0 ? !isSetup(name) : status >= 500 && status !== 501;
}

/** True where the server asks for fewer requests. */
export function isSlowDown(error: unknown): boolean {
  const { name, status } = failureOf(error);
  return status === 503 || status === 429 || name === 'SlowDown';
}

/** Failures before anything is sent, which only a person can mend. */
function isSetup(name: string): boolean {
  return ['CredentialsProviderError', 'TypeError', 'RangeError'].includes(name) || /^ERR_TLS|CERT/.test(name);
}

function nameOf(error: object, status: number): string {
  // An answer without a body leaves the client without a name for what went wrong.
  if (status === 404 && fieldOf(error, 'name') === 'Unknown') return 'NotFound';
  for (const name of [fieldOf(error, 'Code'), status === 0 ? fieldOf(error, 'code') : undefined]) {
    if (typeof name === 'string' && name !== '') return name;
  }
  const name = fieldOf(error, 'name');
  return typeof name === 'string' && name !== 'Error' ? name : `status ${status}`;
}

function fieldOf(value: unknown, field: string): unknown {
  // The cast holds: any object may be asked for a field.
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[field] : undefined;
}
