import type { ReadPosition, RecordRun } from './group-consumer.ts';

/** Partitions of which less than this is unread are read together with the others. */
const behindFromMs = 10_000;

/** What is read of one partition stays within this of the one furthest behind, by the time at which records were appended. */
const aheadMaxMs = 30_000;

/** Chooses which partitions are read next. */
export interface CatchUpOrder {
  /** Those of the positions to be read together. */
  choose(positions: readonly ReadPosition[]): readonly ReadPosition[];
  /** Takes note of what was found at the positions that were asked for. */
  note(asked: readonly ReadPosition[], found: readonly RecordRun[]): void;
}

/**
 * Who is behind stays with one partition for a while: its series are the same all along, so that what a stage holds of them is not
 * fetched and put away for each read.
 *
 * @param clock milliseconds since the epoch
 */
export function createCatchUpOrder(clock: () => number = Date.now): CatchUpOrder {
  /** When the last record that was read of each partition was appended. */
  const readUntil = new Map<string, number>();
  let current = '';

  return {
    choose(positions) {
      let furthest: ReadPosition | undefined;
      let oldest = clock() - behindFromMs;
      for (const position of positions) {
        const until = readUntil.get(placeOf(position));
        if (until === undefined) return positions;
        if (until < oldest) [furthest, oldest] = [position, until];
      }
      if (furthest === undefined) return positions;
      const isNear = (readUntil.get(current) ?? Infinity) - oldest < aheadMaxMs;
      const stayed = isNear ? positions.find((position) => placeOf(position) === current) : undefined;
      const chosen = stayed ?? furthest;
      current = placeOf(chosen);
      return [chosen];
    },
    note(asked, found) {
      for (const position of asked) readUntil.set(placeOf(position), clock());
      for (const run of found) readUntil.set(placeOf(run), run.records.at(-1)?.appendedAt ?? clock());
    },
  };
}

function placeOf({ topic, partition }: Pick<ReadPosition, 'topic' | 'partition'>): string {
  return `${topic}/${partition}`;
}
