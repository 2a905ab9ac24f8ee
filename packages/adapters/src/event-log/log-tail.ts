import type { LogTopicName } from '@heliosiq/model';
import type { LogRecord } from '@heliosiq/ports';
import { createFifoQueue, type FifoQueue } from './fifo-queue.ts';
import type { ReadPosition, RecordRun } from './group-consumer.ts';
import { withOwnValues } from './own-values.ts';

/**
 * The newest records of the log as this process appended them, so that readers at the head need not fetch and unpack them, and
 * where the log ends as far as it is known here. Of a partition what all who read it have behind them is forgotten.
 */
export interface LogTail {
  openReader(): TailReader;
  /** Takes over records that are durable now, in the order of their offsets. */
  add(run: RecordRun): void;
  /** Takes note that the log was found to end at a position. */
  noteEnd(position: ReadPosition): void;
  /** Forgets everything, e.g. because records were removed from the log. */
  clear(): void;
}

/** One of those who read the log, each partition from its own position onwards. */
export interface TailReader {
  /**
   * What follows the position, at most within the bounds but at least one run; undefined when the tail does not reach
   * back to it, empty when the position is at the tail's end: what others appended behind it is not known here.
   */
  read(position: ReadPosition, bounds: TailBounds): readonly RecordRun[] | undefined;
  /** It reads no more for now: nothing is held for it. */
  leave(): void;
}

export interface TailBounds {
  readonly bytesMax: number;
  readonly recordsMax: number;
}

/** Longer than this nothing is held: what retention of another process removes must not live on here. */
const heldForMs = 60_000;

interface HeldRun {
  readonly run: RecordRun;
  readonly addedAt: number;
  readonly firstOffset: number;
  readonly bytes: number;
}

/** Of one partition. */
interface HeldPlace {
  /** Each begins where the one before it ends, the last one ends at the end. */
  readonly runs: FifoQueue<HeldRun>;
  endOffset: number;
  /** Where each reader goes on; what lies before that it needs no more, whether it was read here or elsewhere. */
  readonly readers: Map<TailReader, number>;
}

/** A tail of at most `bytesMax` bytes of values (default 16 MB) over all partitions; the oldest runs make room. */
export function createLogTail(bytesMax = 16_000_000): LogTail {
  const places = new Map<string, HeldPlace>();
  let bytes = 0;

  function forgetOldestOf(place: HeldPlace | undefined): void {
    bytes -= place?.runs.shift()?.bytes ?? 0;
  }

  /** The place that holds the oldest run. */
  function oldestPlace(): HeldPlace | undefined {
    let oldest: HeldPlace | undefined;
    let addedAt = Infinity;
    for (const place of places.values()) {
      const at = place.runs.at(0)?.addedAt ?? Infinity;
      if (at >= addedAt) continue;
      addedAt = at;
      oldest = place;
    }
    return oldest;
  }

  function forgetOldOf(place: HeldPlace | undefined): void {
    const before = performance.now() - heldForMs;
    while ((place?.runs.at(0)?.addedAt ?? Infinity) < before) forgetOldestOf(place);
  }

  function noteRead(place: HeldPlace, reader: TailReader, offset: number): void {
    place.readers.set(reader, offset);
    let readByAll = Infinity;
    for (const one of place.readers.values()) readByAll = Math.min(readByAll, one);
    while ((place.runs.at(0)?.run.nextOffset ?? Infinity) <= readByAll) forgetOldestOf(place);
  }

  /** The place, which ends at that offset: what is held of it ends there as well or is forgotten, because it would hide what is between. */
  function placeEndingAt(name: string, offset: number): HeldPlace {
    const known = places.get(name);
    if (known?.endOffset === offset) return known;
    while (known !== undefined && known.runs.length > 0) forgetOldestOf(known);
    const made = { runs: createFifoQueue<HeldRun>(), endOffset: offset, readers: new Map<TailReader, number>() };
    places.set(name, made);
    return made;
  }

  function read(reader: TailReader, position: ReadPosition, bounds: TailBounds): readonly RecordRun[] | undefined {
    const place = places.get(nameOf(position));
    if (place === undefined || position.fromOffset > place.endOffset) return undefined;
    forgetOldOf(place);
    const { runs } = place;
    if (position.fromOffset < (runs.at(0)?.firstOffset ?? place.endOffset)) {
      // Until it has come near by itself nothing is held for it.
      place.readers.delete(reader);
      return undefined;
    }
    noteRead(place, reader, position.fromOffset);
    if (position.fromOffset === place.endOffset) return [];
    const found: RecordRun[] = [];
    let foundBytes = 0;
    let foundRecords = 0;
    for (let index = firstBehind(runs, position.fromOffset); ; index += 1) {
      const one = runs.at(index);
      if (one === undefined || foundBytes >= bounds.bytesMax || foundRecords >= bounds.recordsMax) break;
      const { run, firstOffset } = one;
      foundBytes += one.bytes;
      foundRecords += run.records.length;
      const isWhole = firstOffset >= position.fromOffset;
      found.push(isWhole ? run : { ...run, records: run.records.slice(position.fromOffset - firstOffset) });
    }
    noteRead(place, reader, found.at(-1)?.nextOffset ?? position.fromOffset);
    return found;
  }

  return {
    openReader() {
      const reader: TailReader = {
        read: (position, bounds) => read(reader, position, bounds),
        leave() {
          for (const place of places.values()) place.readers.delete(reader);
        },
      };
      return reader;
    },

    add(run) {
      const first = run.records[0];
      if (first === undefined) return;
      const place = placeEndingAt(nameOf(run), first.offset);
      const size = sizeOf(run.records);
      const own = { ...run, records: withOwnValues(run.records) };
      place.runs.push({ run: own, addedAt: performance.now(), firstOffset: first.offset, bytes: size });
      place.endOffset = run.nextOffset;
      bytes += size;
      forgetOldOf(oldestPlace());
      while (bytes > bytesMax) forgetOldestOf(oldestPlace());
    },

    noteEnd(position) {
      const name = nameOf(position);
      // What was appended here meanwhile lies behind.
      if ((places.get(name)?.endOffset ?? -1) < position.fromOffset) placeEndingAt(name, position.fromOffset);
    },

    clear() {
      places.clear();
      bytes = 0;
    },
  };
}

/** Index of the run that goes beyond the offset first. Found from the end: readers are near it. */
function firstBehind(runs: FifoQueue<HeldRun>, offset: number): number {
  let index = runs.length;
  while (index > 0 && (runs.at(index - 1)?.run.nextOffset ?? offset) > offset) index -= 1;
  return index;
}

function nameOf({ topic, partition }: { readonly topic: LogTopicName; readonly partition: number }): string {
  return `${topic}/${partition}`;
}

function sizeOf(records: readonly LogRecord[]): number {
  // A record without the bytes of its value: objects, texts and numbers.
  let bytes = 450 * records.length;
  for (const { value } of records) bytes += value.byteLength;
  return bytes;
}
