import type { BackupFolder, NamedBackup } from '@heliosiq/adapters/postgres/backup/backup-folder.ts';
import type { S3BlobStore } from '@heliosiq/adapters/s3/blob-store.ts';
import { HeliosError } from '@heliosiq/model';
import type { RestoreOptions } from './restore.ts';

/** Rejects with `conflict` when a bucket has a blob already. */
export async function checkBucketEmpty({ files }: S3BlobStore): Promise<void> {
  const found = await files.any();
  if (found === undefined) return;
  throw new HeliosError('conflict', `The bucket is not empty: it has ${found}`, {
    cure: 'Restore below another prefix (--blobs-s3-prefix), or into an empty bucket.',
  });
}

/** Writes the files of a backup as blobs; when that fails, or is not followed by `keep`, what was written is removed. */
export async function writeToBucket(
  { files }: S3BlobStore,
  folder: BackupFolder,
  { manifest, onProgress, signal }: NamedBackup & RestoreOptions,
): Promise<AsyncDisposable & { keep(): void }> {
  const written: string[] = [];
  let isKept = false;
  const draft = {
    keep: () => void (isKept = true),
    async [Symbol.asyncDispose]() {
      for (const name of isKept ? [] : written) await files.remove(name);
    },
  };
  try {
    for (const [done, { name, ...content }] of manifest.files.entries()) {
      signal?.throwIfAborted();
      onProgress?.({ step: 'writing', what: name, done, total: manifest.files.length });
      written.push(name);
      // What is read proves itself by its checksum at its end.
      await files.write(name, folder.read(content));
    }
    return draft;
  } catch (error) {
    await draft[Symbol.asyncDispose]();
    throw error;
  }
}
