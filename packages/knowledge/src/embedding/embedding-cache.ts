/** Vectors on disk by the hash of what was embedded, so that nothing is embedded twice by the same model. */

import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { EmbedderModel } from '@heliosiq/ports';
import { quantise } from '../quantised-vector.ts';

export interface EmbeddingCache {
  /** The vector of a text, one byte a dimension; `undefined` when it was not kept. */
  readonly get: (text: string) => Int8Array | undefined;
  /** Keeps a vector; it is found at once and on disk after `flush`. */
  readonly put: (text: string, vector: ArrayLike<number>) => void;
  readonly flush: () => Promise<void>;
  readonly size: () => number;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

export interface EmbeddingCacheOptions {
  readonly folder: string;
  readonly model: EmbedderModel;
  /** The oldest files beyond this size are removed when the cache is opened; 1 GiB when absent. */
  readonly bytesMax?: number;
}

const KEY_BYTES = 16;
const CHECK_BYTES = 4;
const EXTENSION = '.vectors';
const BYTES_MAX = 2 ** 30;

/**
 * Opens the cache of one model. Each process appends to a file of its own, so that several may share the folder. A file is
 * records of `key (16 bytes of SHA-256), vector, CRC-32`; a record that was cut off or damaged is passed over.
 */
export async function openEmbeddingCache(options: EmbeddingCacheOptions): Promise<EmbeddingCache> {
  const { model, bytesMax = BYTES_MAX } = options;
  const folder = join(options.folder, model.id.replace(/[^\w.-]/g, '_'));
  const recordBytes = KEY_BYTES + model.dimensions + CHECK_BYTES;
  await mkdir(folder, { recursive: true });
  const places = new Map<string, { readonly file: number; readonly at: number }>();
  const files: number[] = [];
  for (const path of await filesToKeep(folder, bytesMax)) {
    const content = await readFile(path);
    const file = openSync(path, 'r');
    files.push(file);
    for (let at = 0; at + recordBytes <= content.length; at += recordBytes) {
      const record = content.subarray(at, at + recordBytes);
      if (isWhole(record)) places.set(record.toString('latin1', 0, KEY_BYTES), { file, at });
    }
  }
  /** Not on disk yet. */
  const fresh = new Map<string, Buffer>();
  let writing: Promise<void> = Promise.resolve();
  const ownPath = join(folder, `${Date.now()}-${process.pid}${EXTENSION}`);
  let ownFile: number | undefined;
  let ownBytes = 0;

  function flush(): Promise<void> {
    // What failed to be written stays in memory and is tried again with the next records.
    writing = writing
      .catch(() => undefined)
      .then(async () => {
        const records = [...fresh];
        if (records.length === 0) return;
        await using file = await open(ownPath, 'a+');
        await file.truncate(ownBytes);
        await file.write(Buffer.concat(records.map(([, record]) => record)));
        if (ownFile === undefined) files.push((ownFile = openSync(ownPath, 'r')));
        for (const [index, [key, record]] of records.entries()) {
          places.set(key, { file: ownFile, at: ownBytes + index * recordBytes });
          if (fresh.get(key) === record) fresh.delete(key);
        }
        ownBytes += records.length * recordBytes;
      });
    return writing;
  }

  return {
    get(text) {
      const key = keyOf(text);
      const kept = fresh.get(key);
      if (kept !== undefined) return vectorOf(kept);
      const place = places.get(key);
      if (place === undefined) return undefined;
      const record = Buffer.allocUnsafe(recordBytes);
      if (readSync(place.file, record, 0, recordBytes, place.at) < recordBytes || !isWhole(record)) return undefined;
      return vectorOf(record);
    },
    put(text, vector) {
      const key = keyOf(text);
      const record = Buffer.alloc(recordBytes);
      record.write(key, 'latin1');
      record.set(new Uint8Array(quantise(vector).buffer), KEY_BYTES);
      record.writeUInt32LE(crc32(record.subarray(0, recordBytes - CHECK_BYTES)), recordBytes - CHECK_BYTES);
      fresh.set(key, record);
    },
    flush,
    size: () => places.size + fresh.size,
    async [Symbol.asyncDispose]() {
      await flush();
      for (const file of files.splice(0)) closeSync(file);
    },
  };
}

function keyOf(text: string): string {
  return createHash('sha256').update(text).digest().toString('latin1', 0, KEY_BYTES);
}

function vectorOf(record: Buffer): Int8Array {
  return Int8Array.from(record.subarray(KEY_BYTES, record.length - CHECK_BYTES), (byte) => (byte << 24) >> 24);
}

function isWhole(record: Buffer): boolean {
  const end = record.length - CHECK_BYTES;
  return crc32(record.subarray(0, end)) === record.readUInt32LE(end);
}

/** The newest files whose sizes fit together; the others are removed. */
async function filesToKeep(folder: string, bytesMax: number): Promise<string[]> {
  const paths = (await readdir(folder)).filter((name) => name.endsWith(EXTENSION)).map((name) => join(folder, name));
  const infos = await Promise.all(paths.map(async (path) => ({ path, info: await stat(path) })));
  const newestFirst = infos.sort((a, b) => b.info.mtimeMs - a.info.mtimeMs);
  const kept: string[] = [];
  let bytes = 0;
  for (const { path, info } of newestFirst) {
    bytes += info.size;
    if (bytes <= bytesMax) kept.push(path);
    else await rm(path, { force: true });
  }
  return kept;
}
