import { open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { once } from 'node:events';
import type { Client } from '@heliosiq/api';
import { HeliosError } from '@heliosiq/model';

export interface ExportErrand {
  readonly match?: string;
  /** Milliseconds since the epoch; inclusive and exclusive. */
  readonly from: number;
  readonly to: number;
  readonly format: 'csv' | 'parquet';
  /** A file that must not exist; standard output without it. */
  readonly out?: string;
  /** Shows no progress. */
  readonly isQuiet: boolean;
}

const progressEveryMs = 500;

/**
 * Fetches an export piece by piece into a new file or to standard output. An existing file is refused before anything is
 * asked of the server; what was written is removed again when the export breaks off.
 */
export async function exportSamples(client: Client, errand: ExportErrand): Promise<{ readonly bytes: number }> {
  const { match, from, to, format, out } = errand;
  const file = out === undefined ? undefined : await newFile(out);
  try {
    const pieces = await client.open('exportSamples', {
      query: { ...(match === undefined ? {} : { match }), from: String(from), to: String(to), format },
    });
    const bytes = await writeAll(pieces, file, createTeller(errand));
    await file?.sync();
    await file?.close();
    return { bytes };
  } catch (error) {
    await file?.close();
    if (out !== undefined) await rm(out, { force: true });
    throw error instanceof TypeError
      ? new HeliosError('unavailable', 'The connection broke off before the export was whole', { cause: error })
      : error;
  }
}

async function newFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx');
  } catch (cause) {
    const isThere = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    throw new HeliosError('conflict', isThere ? `${path} exists` : `${path} cannot be written`, {
      cause,
      cure: isThere ? 'name a new file' : 'check the path and its rights',
    });
  }
}

async function writeAll(
  pieces: ReadableStream<Uint8Array>,
  file: FileHandle | undefined,
  tell: (bytes: number, isEnd: boolean) => void,
): Promise<number> {
  let bytes = 0;
  const write = file === undefined ? createOutput() : (piece: Uint8Array) => file.writeFile(piece).then(() => true);
  for await (const piece of pieces) {
    if (!(await write(piece))) break;
    bytes += piece.length;
    tell(bytes, false);
  }
  tell(bytes, true);
  return bytes;
}

/** Writes to standard output no faster than it is read; false when its reader, such as `head`, has had enough. */
function createOutput(): (piece: Uint8Array) => Promise<boolean> {
  const closed = new AbortController();
  process.stdout.on('error', () => closed.abort());
  return async (piece) => {
    if (!closed.signal.aborted && !process.stdout.write(piece)) {
      await once(process.stdout, 'drain', { signal: closed.signal }).catch(() => undefined); // closed, as is told below
    }
    return !closed.signal.aborted;
  };
}

/** Says on a terminal how much has come, now and then. */
function createTeller({ isQuiet, out }: ExportErrand): (bytes: number, isEnd: boolean) => void {
  if (isQuiet || out === undefined || !process.stderr.isTTY) return () => undefined;
  const startedAt = performance.now();
  let toldAt = startedAt;
  return (bytes, isEnd) => {
    const moment = performance.now();
    if (!isEnd && moment - toldAt < progressEveryMs) return;
    toldAt = moment;
    const perSecond = bytes / Math.max(0.001, (moment - startedAt) / 1000);
    const words = `${(bytes / 1e6).toFixed(1)} MB, ${(perSecond / 1e6).toFixed(1)} MB/s`;
    process.stderr.write(`\r\u{1B}[K${words}${isEnd ? '\n' : ''}`);
  };
}
