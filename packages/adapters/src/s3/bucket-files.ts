import { isBlobName } from '../blob-name.ts';

/** An object of a listing. */
export interface ListedObject {
  /** Without what all keys of the store begin with. */
  readonly name: string;
  readonly bytes: number;
  readonly modifiedAtMs: number;
}

/** What the files of a bucket are read and written with; names are `<tenant>/<name of the blob>`. */
export interface BucketFilesDeps {
  readonly list: () => AsyncIterable<ListedObject>;
  readonly get: (name: string) => Promise<Uint8Array | undefined>;
  readonly put: (name: string, bytes: Uint8Array) => Promise<void>;
  readonly remove: (name: string) => Promise<void>;
}

/** All blobs of a bucket, of every tenant, for backups. */
export interface BucketFiles {
  /** In ascending order; `facts` are those of the last listing. */
  names(): Promise<readonly string[]>;
  facts(name: string): Promise<ListedObject | undefined>;
  read(name: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Writes a blob; of several parts one after the other it keeps all in memory. */
  write(name: string, parts: AsyncIterable<Uint8Array>): Promise<void>;
  remove(name: string): Promise<void>;
  /** The name of any blob; undefined in a bucket without one. */
  any(): Promise<string | undefined>;
}

/** Makes the files of a bucket; what no blob store has written is passed by. */
export function createBucketFiles({ list, get, put, remove }: BucketFilesDeps): BucketFiles {
  const listed = new Map<string, ListedObject>();
  // A blob lies in the folder of its tenant.
  const isBlob = ({ name }: ListedObject): boolean => name.includes('/') && isBlobName(name);
  return {
    async names() {
      listed.clear();
      for await (const object of list()) if (isBlob(object)) listed.set(object.name, object);
      return [...listed.keys()];
    },
    async facts(name) {
      return listed.get(name);
    },
    async read(name) {
      const bytes = await get(name);
      return bytes && only(bytes);
    },
    async write(name, parts) {
      await put(name, Buffer.concat(await Array.fromAsync(parts)));
    },
    remove,
    async any() {
      for await (const object of list()) if (isBlob(object)) return object.name;
      return undefined;
    },
  };
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
