import type { ReadPosition, RecordRun } from './group-consumer.ts';

/** Partitions of which less than this is unread are read each time. */
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
 * Who is behind in several partitions stays with one of them for a while: its series are the same all along, so that what a stage
 * holds of them is not fetched and put away for each read. Partitions near the head do not wait for that.
 *
 * @param clock milliseconds since the epoch
 */
export function createCatchUpOrder(clock: () => number = Date.now): CatchUpOrder {
  /** When the last record that was read of each partition was appended. */
  const readUntil = new Map<string, number>();
  let current = '';
  const untilOf = (position: ReadPosition): number => readUntil.get(placeOf(position)) ?? -Infinity;

  return {
    choose(positions) {
      if (positions.some((position) => !readUntil.has(placeOf(position)))) return positions;
      const near = clock() - behindFromMs;
      const behind = positions.filter((position) => untilOf(position) < near);
      if (behind.length < 2) return positions;
      const furthest = behind.reduce((one, other) => (untilOf(other) < untilOf(one) ? other : one));
      const stayed = behind.find((position) => placeOf(position) === current);
      const isAhead = stayed !== undefined && untilOf(stayed) - untilOf(furthest) >= aheadMaxMs;
      const chosen = stayed === undefined || isAhead ? furthest : stayed;
      current = placeOf(chosen);
      return positions.filter((position) => position === chosen || !behind.includes(position));
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
