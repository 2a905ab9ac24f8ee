import { createFilesystemBlobStore } from '@heliosiq/adapters/filesystem/blob-store.ts';
import type { S3BlobStore } from '@heliosiq/adapters/s3/blob-store.ts';
import { HeliosError } from '@heliosiq/model';
import type { BlobStore, Logger } from '@heliosiq/ports';
import type { Config } from '../config/settings.ts';
import { blobFolder } from './blob-folder.ts';
import type { PortSource } from './open-ports.ts';
import { pemTexts } from './pem-files.ts';

/** The blob store: a bucket where one is configured, else a folder; the stack closes it. A bucket must prove that it can be used. */
export async function openBlobStore(
  { config, logger, checks }: Pick<PortSource, 'config' | 'logger' | 'checks'>,
  stack: AsyncDisposableStack,
): Promise<BlobStore> {
  const bucket = await openBucket(config, logger, stack);
  if (bucket === undefined) return createFilesystemBlobStore({ dir: blobFolder(config) });
  await bucket.prove().catch((error: unknown) => {
    if (!(error instanceof HeliosError) || error.code === 'config-invalid') throw error;
    // An outage must not keep the program from taking in what is sent: the log keeps it until the bucket is back.
    logger.warn({ code: error.code, error: error.message }, 'the bucket of bronze does not answer yet');
  });
  checks.push(bucket.health);
  return bucket;
}

/** The bucket that is configured for blobs, if one is; the stack closes it. */
export async function openBucket(
  config: Config,
  logger: Logger,
  stack: AsyncDisposableStack,
): Promise<S3BlobStore | undefined> {
  const { blobBucket, blobPrefix, blobEndpoint, blobRegion, blobPathStyle } = config;
  if (blobBucket === undefined) return undefined;
  // Loaded only where it is wanted: the client takes memory that a single machine need not have.
  const [{ createS3BlobStore }, { ca }] = await Promise.all([
    import('@heliosiq/adapters/s3/blob-store.ts'),
    pemTexts({ ca: config.blobCaFile }),
  ]);
  return stack.use(
    createS3BlobStore({
      bucket: blobBucket,
      region: blobRegion,
      isPathStyle: blobPathStyle ?? blobEndpoint !== undefined,
      ...(blobPrefix === undefined ? {} : { prefix: blobPrefix }),
      ...(blobEndpoint === undefined ? {} : { endpoint: blobEndpoint }),
      ...credentialsOf(config),
      ...(ca === undefined ? {} : { ca }),
      logger,
    }),
  );
}

function credentialsOf({ blobAccessKeyId, blobSecretAccessKey, blobSessionToken }: Config) {
  if (blobAccessKeyId === undefined || blobSecretAccessKey === undefined) return {};
  const key = { accessKeyId: blobAccessKeyId, secretAccessKey: blobSecretAccessKey };
  return { credentials: { ...key, ...(blobSessionToken === undefined ? {} : { sessionToken: blobSessionToken }) } };
}
