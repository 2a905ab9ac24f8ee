import type { LogTopicName } from '@heliosiq/model';
import type { LogRecord } from '@heliosiq/ports';
import { createFifoQueue, type FifoQueue } from './fifo-queue.ts';
import type { ReadPosition, RecordRun } from './group-consumer.ts';
import { withOwnValues } from './own-values.ts';

/**
 * The newest records of the log as this process appended them, so that readers at the head need not fetch and unpack them, and
 * where the log ends as far as it is known here.
 */
export interface LogTail {
  /** Takes over records that are durable now, in the order of their offsets. */
  add(run: RecordRun): void;
  /** Takes note that the log was found to end at a position. */
  noteEnd(position: ReadPosition): void;
  /**
   * What follows the position, at most within the bounds but at least one run; undefined when the tail does not reach
   * back to it, empty when the position is at the tail's end: what others appended behind it is not known here.
   */
  read(position: ReadPosition, bounds: TailBounds): readonly RecordRun[] | undefined;
  /** Forgets everything, e.g. because records were removed from the log. */
  clear(): void;
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
}

/** A tail of at most `bytesMax` bytes of values (default 16 MB) over all partitions; the oldest runs make room. */
export function createLogTail(bytesMax = 16_000_000): LogTail {
  const places = new Map<string, HeldPlace>();
  /** Whose run it is, of each run in the order of adding. */
  let order = createFifoQueue<HeldPlace>();
  let bytes = 0;

  function forgetOldestOf(place: HeldPlace | undefined): void {
    bytes -= place?.runs.shift()?.bytes ?? 0;
  }

  function forgetOld(): void {
    const now = performance.now();
    for (let place = order.at(0); place !== undefined; place = order.at(0)) {
      if (now - (place.runs.at(0)?.addedAt ?? -Infinity) <= heldForMs) return;
      forgetOldestOf(order.shift());
    }
  }

  /** The place, which ends at that offset: what is held of it ends there as well or is forgotten, because it would hide what is between. */
  function placeEndingAt(name: string, offset: number): HeldPlace {
    const known = places.get(name);
    if (known?.endOffset === offset) return known;
    // What is left of it in the order of adding is empty.
    while (known !== undefined && known.runs.length > 0) forgetOldestOf(known);
    const made = { runs: createFifoQueue<HeldRun>(), endOffset: offset };
    places.set(name, made);
    return made;
  }

  return {
    add(run) {
      const first = run.records[0];
      if (first === undefined) return;
      const place = placeEndingAt(nameOf(run), first.offset);
      const size = sizeOf(run.records);
      const own = { ...run, records: withOwnValues(run.records) };
      place.runs.push({ run: own, addedAt: performance.now(), firstOffset: first.offset, bytes: size });
      place.endOffset = run.nextOffset;
      order.push(place);
      bytes += size;
      while (bytes > bytesMax) forgetOldestOf(order.shift());
    },

    noteEnd(position) {
      const name = nameOf(position);
      // What was appended here meanwhile lies behind.
      if ((places.get(name)?.endOffset ?? -1) < position.fromOffset) placeEndingAt(name, position.fromOffset);
    },

    clear() {
      places.clear();
      order = createFifoQueue();
      bytes = 0;
    },

    read(position, bounds) {
      forgetOld();
      const place = places.get(nameOf(position));
      if (place === undefined || position.fromOffset > place.endOffset) return undefined;
      if (position.fromOffset === place.endOffset) return [];
      const { runs } = place;
      if (position.fromOffset < (runs.at(0)?.firstOffset ?? place.endOffset)) return undefined;
      const read: RecordRun[] = [];
      let readBytes = 0;
      let readRecords = 0;
      for (let index = firstBehind(runs, position.fromOffset); ; index += 1) {
        const one = runs.at(index);
        if (one === undefined || readBytes >= bounds.bytesMax || readRecords >= bounds.recordsMax) return read;
        const { run, firstOffset } = one;
        readBytes += one.bytes;
        readRecords += run.records.length;
        const isWhole = firstOffset >= position.fromOffset;
        read.push(isWhole ? run : { ...run, records: run.records.slice(position.fromOffset - firstOffset) });
      }
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
