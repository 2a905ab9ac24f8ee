import { HeliosError } from '@heliosiq/model';

const segment = /^[A-Za-z0-9._-]+$/;

/** Returns a blob's name when it keeps the rules of `BlobStore`; rejects it with `invalid-request` otherwise. */
export function checkedBlobName(name: string): string {
  if (isBlobName(name)) return name;
  throw badName('name');
}

/** True for a name that keeps the rules of `BlobStore`. */
export function isBlobName(name: string): boolean {
  return name.length <= 500 && name.split('/').every(isSegment);
}

/** Returns a prefix of blob names when a valid name can begin with it; rejects it with `invalid-request` otherwise. */
export function checkedBlobPrefix(prefix: string): string {
  const segments = prefix.split('/');
  const last = segments.pop() ?? '';
  if (prefix.length <= 500 && segments.every(isSegment) && (last === '' || isSegment(last))) return prefix;
  throw badName('prefix');
}

function isSegment(text: string): boolean {
  return segment.test(text) && text !== '.' && text !== '..' && text.length <= 255;
}

function badName(field: string): HeliosError {
  return new HeliosError('invalid-request', `The blob ${field} is not valid`, {
    field,
    cure: 'Use letters, digits, ".", "_" and "-" in segments parted by "/", at most 500 characters, a segment at most 255.',
  });
}
