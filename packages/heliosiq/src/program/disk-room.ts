import { statfs } from 'node:fs/promises';
import { HeliosError } from '@heliosiq/model';
import type { EventLog, Logger, SeriesStore, SignalStore } from '@heliosiq/ports';

/** The disk is asked again after this. */
const lookEveryMs = 250;
const retryAfterS = 10;

/** Whose writes are held back: those of senders first, so that what was acknowledged can still be worked off. */
type Writers = 'senders' | 'stages';

/** Keeps the disk of the embedded database from filling up. */
export interface DiskRoom {
  /** Resolves when there is room to write; rejects with `unavailable` when there is not. */
  forWrites(writers: Writers): Promise<void>;
}

/** Room without end: where nothing is kept on a disk of this machine. */
export const endlessRoom: DiskRoom = { forWrites: () => Promise.resolve() };

/**
 * Watches the room on the disk of a folder. PostgreSQL survives a table that cannot grow, but ends when there is no room for its
 * write-ahead log, and does not start again before there is some. So writes stop while it still has enough: those of senders
 * when less than `reserveBytes` are left, those of stages at half of that. A disk that cannot be asked holds nothing back.
 */
export function createDiskRoom({
  folder,
  reserveBytes,
  logger,
}: {
  readonly folder: string;
  readonly reserveBytes: number;
  readonly logger: Logger;
}): DiskRoom {
  const neededBy = { senders: reserveBytes, stages: reserveBytes / 2 };
  let lookedAt = -Infinity;
  let looking: Promise<number> | undefined;
  let freeBytes = Infinity;
  let wasShort = false;

  async function look(): Promise<number> {
    const found = await statfs(folder).catch(() => undefined);
    freeBytes = found === undefined ? Infinity : found.bavail * found.bsize;
    lookedAt = performance.now();
    looking = undefined;
    const isShort = freeBytes < reserveBytes;
    if (isShort !== wasShort) {
      wasShort = isShort;
      const facts = { folder, freeBytes, reserveBytes };
      if (isShort) logger.error(facts, 'the disk is nearly full: senders are asked to wait');
      else logger.info(facts, 'the disk has room again');
    }
    return freeBytes;
  }

  return {
    async forWrites(writers) {
      const isFresh = performance.now() - lookedAt < lookEveryMs;
      const free = isFresh ? freeBytes : await (looking ??= look());
      if (free >= neededBy[writers]) return;
      throw new HeliosError('unavailable', `the disk of ${folder} has ${free} bytes left`, { retryAfterS });
    },
  };
}

/** A log that takes what senders send only while there is room. */
export function logWithRoom(log: EventLog, room: DiskRoom): EventLog {
  return {
    ...log,
    async append(...given) {
      await room.forWrites(given[1] === 'signals' ? 'senders' : 'stages');
      return log.append(...given);
    },
  };
}

/** A store of samples that takes more only while there is room. */
export function seriesWithRoom(store: SeriesStore, room: DiskRoom): SeriesStore {
  return {
    ...store,
    async append(...given) {
      await room.forWrites('stages');
      await store.append(...given);
    },
  };
}

/** A store of events and logs that takes more only while there is room. */
export function signalsWithRoom(store: SignalStore, room: DiskRoom): SignalStore {
  return {
    ...store,
    async append(...given) {
      await room.forWrites('stages');
      await store.append(...given);
    },
  };
}
