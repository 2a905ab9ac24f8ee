import { createCatchUpOrder } from '../event-log/catch-up-order.ts';
import type { LogTail, TailBounds } from '../event-log/log-tail.ts';
import type { MemberStorage, ReadPosition, RecordRun } from '../event-log/group-consumer.ts';
import type { Database } from './database.ts';
import { readSegments } from './event-log-read.ts';

/** So many reads in a row may be answered for other partitions while one at the head is not asked for. */
const unaskedReadsMax = 8;

/**
 * Reads for one member of a group: from memory what this process appended lately, from the database what is older or
 * was appended by others.
 */
export function createHeadReader(database: Database, tail: LogTail): MemberStorage['read'] {
  let unaskedReads = 0;
  const order = createCatchUpOrder();

  async function readStored(positions: readonly ReadPosition[], bounds: TailBounds): Promise<readonly RecordRun[]> {
    const chosen = order.choose(positions);
    const runs = await readSegments(database, chosen, bounds);
    order.note(chosen, runs);
    return runs.length > 0 || chosen.length === positions.length ? runs : readStored(positions, bounds);
  }

  return async (positions, bounds) => {
    const runs: RecordRun[] = [];
    const atHead: ReadPosition[] = [];
    const asked: ReadPosition[] = [];
    for (const position of positions) {
      const known = tail.read(position, bounds);
      if (known === undefined) asked.push(position);
      else if (known.length === 0) atHead.push(position);
      else runs.push(...known);
    }
    // Others may append where this process did not: such a partition is asked for at once when nothing else is there.
    unaskedReads += 1;
    if (runs.length === 0 || unaskedReads >= unaskedReadsMax) {
      unaskedReads = 0;
      asked.push(...atHead);
    }
    return asked.length === 0 ? runs : [...runs, ...(await readStored(asked, bounds))];
  };
}
