/** What an error code decides: HTTP status, whether a retry can help, and the words that may leave the house. */
export interface ErrorRule {
  readonly status: number;
  readonly retryable: boolean;
  readonly title: string;
}

/** The one table of error codes. `status` is the HTTP status; `title` is public, detail stays inside unless given as public. */
export const errorTable = {
  'invalid-request': { status: 400, retryable: false, title: 'The request is not valid' },
  'invalid-json': { status: 400, retryable: false, title: 'The body is not valid JSON' },
  'too-deep': { status: 400, retryable: false, title: 'The JSON is nested too deeply' },
  unauthenticated: { status: 401, retryable: false, title: 'No valid credential was given' },
  forbidden: { status: 403, retryable: false, title: 'The credential may not do this' },
  'not-found': { status: 404, retryable: false, title: 'There is no such thing' },
  'method-not-allowed': { status: 405, retryable: false, title: 'This path does not know that method' },
  conflict: { status: 409, retryable: false, title: 'The thing changed or is in the wrong state' },
  'too-large': { status: 413, retryable: false, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, retryable: false, title: 'The content type or encoding is not supported' },
  unprocessable: { status: 422, retryable: false, title: 'No record of the batch could be accepted' },
  'rate-limited': { status: 429, retryable: true, title: 'Too many requests' },
  internal: { status: 500, retryable: true, title: 'Something went wrong inside' },
  unavailable: { status: 503, retryable: true, title: 'A part that is needed is not available' },
  timeout: { status: 504, retryable: true, title: 'It took too long' },
  'config-invalid': { status: 500, retryable: false, title: 'The configuration is not valid' },
  'data-folder-in-use': { status: 500, retryable: false, title: 'The data folder is in use by another program' },
  'port-in-use': { status: 500, retryable: false, title: 'The port is in use' },
} as const satisfies Record<string, ErrorRule>;

export type ErrorCode = keyof typeof errorTable;

export interface HeliosErrorOptions {
  readonly cause?: unknown;
  /** Field of the request that is at fault, as a path such as `[3].value`. */
  readonly field?: string;
  /** What the caller can do about it; public. */
  readonly cure?: string;
  /** Seconds after which a retry makes sense. */
  readonly retryAfterS?: number;
}

/** A fault with a code of `errorTable`. `message` is public for codes below 500 and internal from 500 on. */
export class HeliosError extends Error {
  override readonly name = 'HeliosError';
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly cure: string | undefined;
  readonly retryAfterS: number | undefined;

  constructor(code: ErrorCode, message: string, options: HeliosErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.field = options.field;
    this.cure = options.cure;
    this.retryAfterS = options.retryAfterS;
  }
}
