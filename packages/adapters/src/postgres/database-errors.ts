import { HeliosError } from '@heliosiq/model';

/** Codes of Node's network errors that mean: nobody answers there now. */
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);

/** SQLSTATE classes and codes (PostgreSQL, appendix A) after which the same work may succeed later. */
const retryableStates = /^(?:08|53|57P0|40001$|40P01$|55P03$)/;

/** The code of a Node or PostgreSQL error, where it has one. */
export function errorCodeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Gives outages of the database the code `unavailable` and cancelled statements `timeout`; other errors stay as they are. */
export function asDatabaseFault(error: unknown): unknown {
  if (error instanceof HeliosError) return error;
  const code = errorCodeOf(error);
  if (code === '57014')
    return new HeliosError('timeout', 'The database took too long for a statement', { cause: error });
  // A NUL in text, or one as an escape in jsonb: the caller sent it, and nothing can be stored or found with it.
  if (code === '22021' || code === '22P05') {
    return new HeliosError('invalid-request', 'A text contains a NUL character', {
      cause: error,
      cure: 'Leave it out.',
    });
  }
  const message = error instanceof Error ? error.message : '';
  const unreachable = code !== undefined && (networkCodes.has(code) || retryableStates.test(code));
  if (
    unreachable ||
    /Connection terminated|timeout exceeded when trying to connect|^timeout expired$|not queryable/.test(message)
  ) {
    return new HeliosError('unavailable', `The database did not answer: ${message}`, { cause: error, retryAfterS: 1 });
  }
  return error;
}
