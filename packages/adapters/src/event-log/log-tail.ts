import type { LogTopicName } from '@heliosiq/model';
import type { LogRecord } from '@heliosiq/ports';
import { createFifoQueue, type FifoQueue } from './fifo-queue.ts';
import type { ReadPosition, RecordRun } from './group-consumer.ts';

/** The newest records of the log as this process appended them, so that readers at the head need not fetch and unpack them. */
export interface LogTail {
  /** Takes over records that are durable now, in the order of their offsets. */
  add(run: RecordRun): void;
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

/** The runs of one partition, each beginning where the one before it ends. */
type HeldRuns = FifoQueue<HeldRun>;

/** A tail of at most `bytesMax` bytes of values (default 16 MB) over all partitions; the oldest runs make room. */
export function createLogTail(bytesMax = 16_000_000): LogTail {
  const held = new Map<string, HeldRuns>();
  /** Whose run it is, of each run in the order of adding. */
  let order = createFifoQueue<HeldRuns>();
  let bytes = 0;

  function forgetOldestOf(runs: HeldRuns | undefined): void {
    bytes -= runs?.shift()?.bytes ?? 0;
  }

  /** What is left of it in the order of adding is empty. */
  function forgetPlace(place: string): void {
    const runs = held.get(place);
    while (runs !== undefined && runs.length > 0) forgetOldestOf(runs);
    held.delete(place);
  }

  function forgetOld(): void {
    const now = performance.now();
    for (let runs = order.at(0); runs !== undefined; runs = order.at(0)) {
      if (now - (runs.at(0)?.addedAt ?? -Infinity) <= heldForMs) return;
      forgetOldestOf(order.shift());
    }
  }

  return {
    add(run) {
      const first = run.records[0];
      if (first === undefined) return;
      const place = placeOf(run);
      // Another process appended in between: what is held ends before it and would hide it.
      if ((newestOf(held.get(place))?.run.nextOffset ?? first.offset) !== first.offset) forgetPlace(place);
      const size = sizeOf(run.records);
      const runs = held.get(place) ?? createFifoQueue();
      runs.push({ run, addedAt: performance.now(), firstOffset: first.offset, bytes: size });
      held.set(place, runs);
      order.push(runs);
      bytes += size;
      while (bytes > bytesMax) forgetOldestOf(order.shift());
    },

    clear() {
      held.clear();
      order = createFifoQueue();
      bytes = 0;
    },

    read(position, bounds) {
      forgetOld();
      const runs = held.get(placeOf(position));
      const oldest = runs?.at(0);
      const newest = newestOf(runs);
      if (runs === undefined || oldest === undefined || newest === undefined) return undefined;
      if (position.fromOffset < oldest.firstOffset || position.fromOffset > newest.run.nextOffset) return undefined;
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

function newestOf(runs: HeldRuns | undefined): HeldRun | undefined {
  return runs?.at(runs.length - 1);
}

/** Place of the run that goes beyond the offset first. Found from the end: readers are near it. */
function firstBehind(runs: HeldRuns, offset: number): number {
  let index = runs.length;
  while (index > 0 && (runs.at(index - 1)?.run.nextOffset ?? offset) > offset) index -= 1;
  return index;
}

function placeOf({ topic, partition }: { readonly topic: LogTopicName; readonly partition: number }): string {
  return `${topic}/${partition}`;
}

function sizeOf(records: readonly LogRecord[]): number {
  // A record without the bytes of its value: objects, texts and numbers.
  let bytes = 450 * records.length;
  for (const { value } of records) bytes += value.byteLength;
  return bytes;
}
