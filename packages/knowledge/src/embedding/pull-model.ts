/** The files of an embedding model, copied from a folder or fetched from a web address. */

import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HeliosError } from '@heliosiq/model';
import { readModelFolder } from './model-folder.ts';

/** What `heliosiq models pull` fetches unless told otherwise. */
export const DEFAULT_MODEL = {
  name: 'all-MiniLM-L6-v2',
  address: 'https://huggingface.co/Xenova/all-MiniLM-L6-v2/resolve/main',
} as const;

export interface PullModelOptions {
  /** The folder to be made; one that is complete already is left alone. */
  readonly folder: string;
  /** A folder of the same layout, or an http(s) address under which its files lie. */
  readonly from: string;
  /** Gives for each file what is told how many of its bytes are there. */
  readonly onProgress?: (name: string) => (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

const FILES = [
  { name: 'config.json', bytesMax: 2 ** 20 },
  { name: 'tokenizer_config.json', bytesMax: 2 ** 20 },
  { name: 'tokenizer.json', bytesMax: 64 * 2 ** 20 },
  { name: 'onnx/model_quantized.onnx', bytesMax: 2 ** 30 },
] as const;

const FILE_TIMEOUT_MS = 20 * 60_000;

/**
 * Brings a model into `folder`, which appears complete or not at all, and gives its path.
 *
 * @throws HeliosError `unavailable` when a file cannot be fetched, `too-large` beyond 1 GiB, `config-invalid` when the files are no model.
 */
export async function pullModel({ folder, from, onProgress, signal }: PullModelOptions): Promise<string> {
  if (await isComplete(folder)) return folder;
  const making = `${folder}.${randomUUID()}`;
  try {
    for (const { name, bytesMax } of FILES) {
      const target = join(making, name);
      await mkdir(dirname(target), { recursive: true });
      if (/^https?:\/\//.test(from)) {
        const address = `${from.replace(/\/+$/, '')}/${name}`;
        await download(address, target, { bytesMax, ...(signal && { signal }), progress: onProgress?.(name) });
      } else {
        await copyFile(join(from, name), target).catch((cause: unknown) => {
          throw new HeliosError('config-invalid', `${join(from, name)}: cannot be read`, { cause });
        });
      }
    }
    await readModelFolder(making);
    await rm(folder, { recursive: true, force: true });
    await rename(making, folder);
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return folder;
}

async function isComplete(folder: string): Promise<boolean> {
  return readModelFolder(folder).then(
    () => true,
    () => false,
  );
}

interface DownloadOptions {
  readonly bytesMax: number;
  readonly signal?: AbortSignal;
  readonly progress: ((done: number, total: number) => void) | undefined;
}

async function download(
  address: string,
  target: string,
  { bytesMax, signal, progress }: DownloadOptions,
): Promise<void> {
  const limit = AbortSignal.timeout(FILE_TIMEOUT_MS);
  const cure = 'give a folder or another address with --from';
  try {
    const response = await fetch(address, { signal: signal === undefined ? limit : AbortSignal.any([signal, limit]) });
    if (!response.ok || response.body === null) {
      throw new HeliosError('unavailable', `${address}: answered with status ${response.status}`, { cure });
    }
    const announced = Number(response.headers.get('content-length') ?? Number.NaN);
    let bytes = 0;
    await using file = await open(target, 'w');
    for await (const chunk of response.body) {
      bytes += chunk.byteLength;
      if (bytes > bytesMax) throw new HeliosError('too-large', `${address}: is larger than ${bytesMax} bytes`);
      await file.write(chunk);
      if (announced > 0) progress?.(bytes, announced);
    }
  } catch (cause) {
    if (cause instanceof HeliosError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HeliosError('unavailable', `${address}: cannot be fetched (${reason})`, { cause, cure });
  }
}
