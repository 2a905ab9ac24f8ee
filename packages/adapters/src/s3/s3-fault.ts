import { HeliosError } from '@heliosiq/model';
import { failureOf, isPassing, StalledAttempt, type S3Failure } from './s3-failure.ts';

/** What is told of an object store; never a credential. */
export interface S3Words {
  readonly bucket: string;
  /** Host of the endpoint, or the region of AWS. */
  readonly at: string;
}

/** What went wrong in words, and what a person can do; `cure` is absent where waiting is all that helps. */
interface Diagnosis {
  readonly words: string;
  readonly cure?: string;
}

/** The fault of an operation that failed for good: `timeout` or `unavailable`, with the cure where there is one. */
export function operationFault(error: unknown, words: S3Words): HeliosError {
  if (error instanceof HeliosError) return error;
  const { words: what, cure } = diagnose(failureOf(error), words);
  const isLate = error instanceof StalledAttempt || failureOf(error).name === 'TimeoutError';
  return new HeliosError(isLate ? 'timeout' : 'unavailable', isLate ? `${placeOf(words)} took too long` : what, {
    cause: error,
    ...(cure === undefined ? {} : { cure }),
  });
}

/** The fault of a check before the start: `config-invalid` for what only a person can mend, else as of an operation. */
export function setupFault(error: unknown, words: S3Words): HeliosError {
  if (error instanceof HeliosError) return error;
  const failure = failureOf(error);
  const { words: what, cure } = diagnose(failure, words);
  // A clock stays wrong until somebody sets it, though single requests get over it.
  const isLasting = failure.name === 'RequestTimeTooSkewed' || !isPassing(error);
  if (!isLasting) return operationFault(error, words);
  return new HeliosError('config-invalid', what, {
    cause: error,
    cure: cure ?? 'check blobs.s3-endpoint, blobs.s3-bucket and blobs.s3-path-style',
  });
}

const badKeyNames = new Set([
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'InvalidToken',
  'XAdminUserNotFound', // of Versity's gateway
  'ExpiredToken',
  'TokenRefreshRequired',
]);
const elsewhereNames = new Set([
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
  'IncorrectEndpoint',
]);

function diagnose({ name, status, region }: S3Failure, words: S3Words): Diagnosis {
  const place = placeOf(words);
  if (name === 'CredentialsProviderError')
    return {
      words: `there are no credentials for ${place}`,
      cure: 'set blobs.s3-access-key-id and blobs.s3-secret-access-key, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    };
  if (badKeyNames.has(name))
    return {
      words: `${place} does not accept the credentials (${name})`,
      cure: 'check blobs.s3-access-key-id, blobs.s3-secret-access-key and, with temporary keys, blobs.s3-session-token',
    };
  if (name === 'RequestTimeTooSkewed')
    return { words: `the clock of this machine is too far from that of ${place}`, cure: 'set the clock right, by NTP' };
  if (elsewhereNames.has(name) || status === 301)
    return {
      words: `${place} is in another region${region === undefined ? '' : `: ${region}`}`,
      cure: `set blobs.s3-region${region === undefined ? '' : ` to ${region}`}`,
    };
  if (name === 'NoSuchBucket' || status === 404)
    return {
      words: `${place} is not there (${name})`,
      cure: 'make the bucket, or check blobs.s3-bucket, blobs.s3-region and blobs.s3-path-style',
    };
  if (status === 403)
    return {
      words: `${place} refuses access (${name})`,
      cure: 'grant s3:ListBucket on the bucket, and s3:GetObject, s3:PutObject and s3:DeleteObject below the prefix',
    };
  const cure = status === 0 ? { cure: 'check blobs.s3-endpoint and the network' } : {};
  return { words: `${place} cannot be used: ${name}${status === 0 ? '' : ` (status ${status})`}`, ...cure };
}

function placeOf({ bucket, at }: S3Words): string {
  return `the bucket ${bucket} at ${at}`;
}
