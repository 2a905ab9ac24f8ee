import type { LogTopicName } from '@heliosiq/model';
import type { LogRecord } from '@heliosiq/ports';
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

/** A tail of at most `bytesMax` bytes of values (default 16 MB) over all partitions; the oldest runs make room. */
export function createLogTail(bytesMax = 16_000_000): LogTail {
  const held = new Map<string, HeldRun[]>();
  /** Places in the order of their runs: the oldest run of all is the first of the first place. */
  const order: string[] = [];
  let bytes = 0;

  function forgetPlace(place: string): void {
    for (const one of held.get(place) ?? []) bytes -= one.bytes;
    held.delete(place);
    let kept = 0;
    for (const other of order) if (other !== place) order[kept++] = other;
    order.length = kept;
  }

  function forgetOldest(): void {
    const place = order.shift();
    const runs = place === undefined ? undefined : held.get(place);
    const oldest = runs?.shift();
    if (place === undefined || oldest === undefined) return;
    bytes -= oldest.bytes;
    if (runs?.length === 0) held.delete(place);
  }

  function isTooOld(): boolean {
    const oldest = order[0] === undefined ? undefined : held.get(order[0])?.[0];
    return oldest !== undefined && performance.now() - oldest.addedAt > heldForMs;
  }

  return {
    add(run) {
      const first = run.records[0];
      if (first === undefined) return;
      const place = placeOf(run);
      // Another process appended in between: what is held ends before it and would hide it.
      if ((held.get(place)?.at(-1)?.run.nextOffset ?? first.offset) !== first.offset) forgetPlace(place);
      const size = sizeOf(run.records);
      const runs = held.get(place) ?? [];
      runs.push({ run, addedAt: performance.now(), firstOffset: first.offset, bytes: size });
      held.set(place, runs);
      order.push(place);
      bytes += size;
      while (bytes > bytesMax) forgetOldest();
    },

    clear() {
      held.clear();
      order.length = 0;
      bytes = 0;
    },

    read(position, bounds) {
      while (isTooOld()) forgetOldest();
      const runs = held.get(placeOf(position));
      const oldest = runs?.[0];
      const newest = runs?.at(-1);
      if (runs === undefined || oldest === undefined || newest === undefined) return undefined;
      if (position.fromOffset < oldest.firstOffset || position.fromOffset > newest.run.nextOffset) return undefined;
      const read: RecordRun[] = [];
      let readBytes = 0;
      let readRecords = 0;
      for (const { run, firstOffset, bytes: runBytes } of runs) {
        if (run.nextOffset <= position.fromOffset) continue;
        if (readBytes >= bounds.bytesMax || readRecords >= bounds.recordsMax) break;
        readBytes += runBytes;
        readRecords += run.records.length;
        read.push(
          firstOffset >= position.fromOffset
            ? run
            : { ...run, records: run.records.slice(position.fromOffset - firstOffset) },
        );
      }
      return read;
    },
  };
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
