import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A file that takes room; disposing it gives the room back. */
export interface Filler extends Disposable {
  readonly path: string;
}

const pieceBytes = 2 ** 20;

/** Fills the disk of a folder until only so many bytes are left, none at all with 0. */
export function fillDisk(folder: string, leftBytes: number): Filler {
  const path = join(folder, 'filler');
  const file = openSync(path, 'w');
  const piece = Buffer.alloc(pieceBytes, 1);
  try {
    for (let size = pieceBytes; size > 0;) {
      if (leftBytes > 0 && freeBytesOf(folder) < leftBytes + size) break;
      try {
        writeSync(file, piece, 0, size);
      } catch {
        size = Math.floor(size / 2); // the last room is smaller than a piece
      }
    }
  } finally {
    closeSync(file);
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { force: true }) };
}

/** What an ordinary user can still write on the disk of a folder. */
export function freeBytesOf(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
