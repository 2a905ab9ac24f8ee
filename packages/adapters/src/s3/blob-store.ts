import { createHash } from 'node:crypto';
import {
  DeleteObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { HeliosError, type TenantId } from '@heliosiq/model';
import type { BlobStore, HealthCheck, Logger } from '@heliosiq/ports';
import { checkedBlobPrefix } from '../blob-name.ts';
import { checkedLimit } from '../limits.ts';
import { defaultAttemptLimits, inAttempts, type Attempt, type AttemptLimits } from './attempts.ts';
import { createBucketFiles, type BucketFiles, type ListedObject } from './bucket-files.ts';
import { createBlobKeys } from './blob-keys.ts';
import { createObjectReading, digestField, type ObjectAddress } from './read-object.ts';
import { failureOf } from './s3-failure.ts';
import { operationFault, setupFault, type S3Words } from './s3-fault.ts';

export interface S3BlobStoreOptions {
  readonly bucket: string;
  /** What all keys begin with, without `/` at its ends; default: nothing. */
  readonly prefix?: string;
  /** URL of the server; default: AWS. */
  readonly endpoint?: string;
  readonly region: string;
  /** `https://host/bucket/key` instead of `https://bucket.host/key`. */
  readonly isPathStyle: boolean;
  /** Default: those that the AWS SDK finds on the machine (profile, role of the container or the instance). */
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  /** Authorities (PEM) of a server whose certificate no publicly known one has signed. */
  readonly ca?: string;
  readonly logger: Logger;
  readonly limits?: Partial<AttemptLimits>;
  /** A clock in milliseconds that never goes back; default: the process's. */
  readonly now?: () => number;
}

/** Blobs in a bucket, with what a program wants to know of it. */
export interface S3BlobStore extends BlobStore, AsyncDisposable {
  /**
   * Writes a small object, reads it back and lists it. Rejects with `config-invalid` and a cure where a person must act:
   * credentials, rights, bucket, region, clock; with `unavailable` or `timeout` for an outage.
   */
  prove(): Promise<void>;
  /** All blobs of all tenants, for backups. */
  readonly files: BucketFiles;
  /** Whether the bucket answers. */
  readonly health: HealthCheck;
}

const connectionsMax = 16;
const connectMs = 5000;
/** S3 lists so many at once. */
const pageMax = 1000;
/** An upload slower than this is given up. */
const slowestBytesPerMs = 64;
/** So long an answer about the bucket's health is good for: probes come often, and each question costs. */
const healthMs = 15_000;
const proofName = 'heliosiq-proof';
const proofAttemptsMax = 3;

/**
 * A blob store in a bucket of S3, or of a server that speaks its API: one object a blob, under `<prefix>/<tenant>/<name>`.
 *
 * An object is written only where it is not there with the same bytes, by a conditional write (`If-None-Match: *`) where the
 * server knows those, else after a look; so writing a blob again makes no further version. The server checks the SHA-256 of
 * what it gets; readers check it by the object's metadata. Bytes that differ also when they are read again are handed
 * out with a warning, so that a reader who knows more can tell what is damaged. Failures that pass are retried; then operations
 * reject with `unavailable` or `timeout`. Servers that list without order (directory buckets) cannot be used.
 */
export function createS3BlobStore(options: S3BlobStoreOptions): S3BlobStore {
  const { bucket, region, endpoint, logger } = options;
  const words: S3Words = { bucket, at: endpoint === undefined ? `AWS (${region})` : new URL(endpoint).host };
  const limits: AttemptLimits = { ...defaultAttemptLimits, ...options.limits };
  const keys = createBlobKeys(options.prefix ?? '');
  const root = (options.prefix ?? '') === '' ? '' : `${options.prefix}/`;
  const client = clientOf(options);
  const now = options.now ?? (() => performance.now());
  const closing = new AbortController();
  let knowsConditions = true;
  let isHealthy = true;
  let healthRound: { readonly at: number; readonly fault: Promise<HeliosError | undefined> } | undefined;

  const addressOf = (tenantId: TenantId, name: string): ObjectAddress => ({
    Bucket: bucket,
    Key: keys.of(tenantId, name),
  });

  async function tried<T>(work: (attempt: Attempt) => Promise<T>, own: Partial<AttemptLimits> = {}): Promise<T> {
    try {
      return await inAttempts({ ...limits, ...own }, closing.signal, work);
    } catch (error) {
      throw operationFault(error, words);
    }
  }

  /** The digest of an object's bytes by its metadata; undefined without an object, empty without a digest. */
  async function digestOf(address: ObjectAddress, { signal }: Attempt): Promise<string | undefined> {
    try {
      const found = await client.send(new HeadObjectCommand(address), { abortSignal: signal });
      return found.Metadata?.[digestField] ?? '';
    } catch (error) {
      if (failureOf(error).status === 404) return undefined;
      throw error;
    }
  }

  /** Stores an object in one attempt; resolves also when it was there with the same bytes. */
  async function store(address: ObjectAddress, bytes: Uint8Array, attempt: Attempt): Promise<void> {
    const digest = createHash('sha256').update(bytes).digest();
    const hex = digest.toString('hex');
    const write = async (condition: { readonly IfNoneMatch?: '*' }): Promise<void> => {
      const object = { Body: bytes, ContentLength: bytes.length, ChecksumSHA256: digest.toString('base64') };
      const command = new PutObjectCommand({ ...address, ...object, Metadata: { [digestField]: hex }, ...condition });
      await client.send(command, { abortSignal: attempt.signal });
    };
    if (knowsConditions) {
      try {
        return await write({ IfNoneMatch: '*' });
      } catch (error) {
        const { name, status } = failureOf(error);
        if (status === 501 || (status === 400 && name === 'NotImplemented')) knowsConditions = false;
        else if (status !== 412) throw error;
      }
      attempt.progress();
    }
    if ((await digestOf(address, attempt)) !== hex) await write({});
  }

  const put = (address: ObjectAddress, bytes: Uint8Array): Promise<void> =>
    tried((attempt) => store(address, bytes, attempt), { idleMs: limits.idleMs + bytes.length / slowestBytesPerMs });

  async function get(address: ObjectAddress): Promise<Uint8Array | undefined> {
    const reading = createObjectReading(client, address);
    const read = await tried((attempt) => reading.attempt(attempt));
    if (read?.isSound === false) logger.warn({ bucket, blob: address.Key }, 'a blob is not stored as it was written');
    return read?.bytes;
  }

  /** The objects whose keys begin so, in the order of their keys. */
  async function* listed(beginning: string, after?: string): AsyncGenerator<ListedObject, void, undefined> {
    let last = after;
    for (;;) {
      const question = { Bucket: bucket, Prefix: beginning, MaxKeys: pageMax };
      const rest = last === undefined ? {} : { StartAfter: last };
      const page = await tried(({ signal }) =>
        client.send(new ListObjectsV2Command({ ...question, ...rest }), { abortSignal: signal }),
      );
      for (const { Key: key = '', Size: bytes = 0, LastModified } of page.Contents ?? []) {
        if (last !== undefined && !isBefore(last, key)) throw disordered(words);
        last = key;
        yield { name: key, bytes, modifiedAtMs: LastModified?.getTime() ?? 0 };
      }
      if (page.IsTruncated !== true || (page.Contents ?? []).length === 0) return;
    }
  }

  async function list(
    tenantId: TenantId,
    prefix: string,
    { limit, after }: { readonly limit: number; readonly after?: string },
  ): Promise<readonly string[]> {
    const names: string[] = [];
    const afterKey = after === undefined ? undefined : keys.beginning(tenantId, after);
    for await (const { name: key } of listed(keys.beginning(tenantId, prefix), afterKey)) {
      const name = keys.nameOf(tenantId, key);
      if (name !== undefined) names.push(name);
      if (names.length === limit) break;
    }
    return names;
  }

  async function remove(address: ObjectAddress): Promise<void> {
    await tried(({ signal }) => client.send(new DeleteObjectCommand(address), { abortSignal: signal }));
  }

  async function askBucket(signal: AbortSignal): Promise<HeliosError | undefined> {
    const stop = AbortSignal.any([closing.signal, signal]);
    return client.send(new HeadBucketCommand({ Bucket: bucket }), { abortSignal: stop }).then(
      () => undefined,
      (error: unknown) => operationFault(error, words),
    );
  }

  return {
    async put(tenantId, name, bytes) {
      await put(addressOf(tenantId, name), bytes);
    },
    async get(tenantId, name) {
      return get(addressOf(tenantId, name));
    },
    async list(tenantId, prefix, question) {
      checkedLimit(question.limit, 10_000);
      checkedBlobPrefix(prefix);
      return list(tenantId, prefix, question);
    },
    async remove(tenantId, name) {
      const address = addressOf(tenantId, name);
      // Deleting tells nothing of what was there.
      if ((await tried((attempt) => digestOf(address, attempt))) === undefined) return false;
      await remove(address);
      return true;
    },
    files: createBucketFiles({
      async *list() {
        for await (const object of listed(root)) yield { ...object, name: object.name.slice(root.length) };
      },
      get: (name) => get({ Bucket: bucket, Key: root + name }),
      put: (name, bytes) => put({ Bucket: bucket, Key: root + name }, bytes),
      remove: (name) => remove({ Bucket: bucket, Key: root + name }),
    }),
    async prove() {
      const address = { Bucket: bucket, Key: root + proofName };
      const bytes = Buffer.from('HeliosIQ may write here.\n');
      // A start does not wait long for a bucket that it can do without for now.
      const few = { ...limits, attemptsMax: Math.min(limits.attemptsMax, proofAttemptsMax) };
      try {
        await inAttempts(few, closing.signal, async (attempt) => {
          await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: address.Key, MaxKeys: 1 }), {
            abortSignal: attempt.signal,
          });
          await store(address, bytes, attempt);
        });
        const reading = createObjectReading(client, address);
        const read = await inAttempts(few, closing.signal, (attempt) => reading.attempt(attempt));
        if (!bytes.equals(read?.bytes ?? Buffer.of()))
          throw new HeliosError(
            'unavailable',
            `the bucket ${bucket} at ${words.at} does not give back what was written`,
          );
      } catch (error) {
        throw setupFault(error, words);
      }
    },
    health: {
      name: 'blobs',
      async check(signal) {
        const startedAt = now();
        if (healthRound === undefined || startedAt - healthRound.at > healthMs)
          healthRound = { at: startedAt, fault: askBucket(signal) };
        const fault = await healthRound.fault;
        // A failure is asked about again at once. Its words are for the log: they name hosts, and everybody may ask for health.
        if (fault !== undefined) healthRound = undefined;
        if (fault !== undefined && isHealthy)
          logger.warn({ error: fault.message }, 'the bucket of blobs does not answer');
        isHealthy = fault === undefined;
        const latencyMs = now() - startedAt;
        return {
          name: 'blobs',
          ok: fault === undefined,
          latencyMs,
          detail: fault === undefined ? 'S3' : 'the bucket does not answer, or refuses',
        };
      },
    },
    async [Symbol.asyncDispose]() {
      closing.abort(new HeliosError('unavailable', 'the blob store is closed'));
      client.destroy();
    },
  };
}

function clientOf({ endpoint, region, isPathStyle, credentials, ca }: S3BlobStoreOptions): S3Client {
  const agent = { keepAlive: true, maxSockets: connectionsMax };
  return new S3Client({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    forcePathStyle: isPathStyle,
    ...(credentials === undefined ? {} : { credentials }),
    // Attempts are made here, because theirs end before the body of an answer is read.
    maxAttempts: 1,
    // Digests are given and checked here: the client's way, trailers behind chunks, is not known to all servers.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: connectMs,
      httpAgent: agent,
      httpsAgent: { ...agent, ...(ca === undefined ? {} : { ca }) },
    },
  });
}

/** By the bytes of UTF-8, which is how S3 orders keys. */
function isBefore(a: string, b: string): boolean {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
}

function disordered({ bucket, at }: S3Words): HeliosError {
  return new HeliosError('config-invalid', `the bucket ${bucket} at ${at} lists its objects without order`, {
    cure: 'take a general purpose bucket: directory buckets (S3 Express) cannot be used',
  });
}
