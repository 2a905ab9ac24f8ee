import { createHash } from 'node:crypto';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { HeliosError } from '@heliosiq/model';
import type { Attempt } from './attempts.ts';
import { failureOf, SpoiltAnswer } from './s3-failure.ts';

/** The name of the object's metadata that holds the SHA-256 of its bytes, in hexadecimal digits. */
export const digestField = 'sha256';

/** The largest object that is read into memory. */
const objectBytesMax = 2 ** 30;

export interface ObjectAddress {
  readonly Bucket: string;
  readonly Key: string;
}

/** What is read, over several attempts. */
export interface ObjectReading {
  /** One attempt: the whole object, undefined when it is not there. */
  attempt(attempt: Attempt): Promise<ReadObject | undefined>;
}

export interface ReadObject {
  readonly bytes: Uint8Array;
  /** False when the object is stored with other bytes than its writer had; found twice, so that it is not the connection. */
  readonly isSound: boolean;
}

/**
 * Reads an object. An attempt after one whose answer was cut goes on where that one ended, provided that the object is still the
 * same; bytes that do not fit the digest of the writer are read once more.
 */
export function createObjectReading(client: S3Client, address: ObjectAddress): ObjectReading {
  let chunks: Uint8Array[] = [];
  let received = 0;
  let entityTag: string | undefined;
  let spoiltDigest: string | undefined;

  function forget(): void {
    chunks = [];
    received = 0;
    entityTag = undefined;
  }

  return {
    async attempt({ signal, progress }) {
      if (entityTag === undefined) forget();
      const isRest = received > 0;
      const rest = isRest ? { Range: `bytes=${received}-`, IfMatch: entityTag } : {};
      let answer;
      try {
        answer = await client.send(new GetObjectCommand({ ...address, ...rest }), { abortSignal: signal });
      } catch (error) {
        const { name, status } = failureOf(error);
        // Not every 404 says that the object is missing: there are those of the bucket, and of the key of access.
        if (name === 'NoSuchKey' || name === 'NotFound') return undefined;
        if (!isRest || (status !== 412 && status !== 416)) throw error;
        forget();
        throw new SpoiltAnswer('the object was replaced while it was read', { cause: error });
      }
      // A server that knows no ranges sends all of it again.
      if (isRest && answer.$metadata.httpStatusCode !== 206) forget();
      entityTag = answer.ETag;
      const expected = received + (answer.ContentLength ?? 0);
      if (expected > objectBytesMax) throw new HeliosError('too-large', `a blob has more than ${objectBytesMax} bytes`);
      progress();
      // The cast holds: on Node the body is a readable stream of buffers.
      for await (const chunk of (answer.Body ?? []) as AsyncIterable<Uint8Array>) {
        chunks.push(chunk);
        received += chunk.length;
        progress();
        if (received > objectBytesMax) break;
      }
      if (received < expected) throw new SpoiltAnswer(`the answer ended after ${received} of ${expected} bytes`);

      const bytes = Buffer.concat(chunks, received);
      forget();
      const digest = createHash('sha256').update(bytes).digest('hex');
      const promised = answer.Metadata?.[digestField];
      if (promised === undefined || promised === digest) return { bytes, isSound: true };
      if (spoiltDigest === digest) return { bytes, isSound: false };
      spoiltDigest = digest;
      throw new SpoiltAnswer('the answer is not what its digest promises');
    },
  };
}
