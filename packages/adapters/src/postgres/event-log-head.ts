import { createCatchUpOrder } from '../event-log/catch-up-order.ts';
import type { LogTail, TailBounds, TailReader } from '../event-log/log-tail.ts';
import type { MemberStorage, ReadPosition, RecordRun } from '../event-log/group-consumer.ts';
import type { AppendsOfOthers } from './appends-of-others.ts';
import type { Database } from './database.ts';
import { readSegments } from './event-log-read.ts';

/**
 * A position at the head is asked for again after this long although nobody gave notice: a notice is lost with its connection.
 * Shorter than an idle consumer waits, so that each of its looks asks.
 */
const lookAfterMs = 2000;

/** When a partition was last asked for. */
interface Look {
  readonly at: number;
  /** What was known of the appends of others before. */
  readonly others: number | undefined;
}

/** What a log knows by itself, for readers at its head. */
export interface KnownAppends {
  readonly tail: Pick<LogTail, 'noteEnd'>;
  /** Of the tail. */
  readonly reader: Pick<TailReader, 'read'>;
  readonly others: AppendsOfOthers;
}

/**
 * Reads for one member of a group: from memory what this process appended lately, from the database what is older or
 * was appended by others.
 */
export function createHeadReader(database: Database, { tail, reader, others }: KnownAppends): MemberStorage['read'] {
  const looks = new Map<string, Look>();
  const order = createCatchUpOrder();

  async function readStored(positions: readonly ReadPosition[], bounds: TailBounds): Promise<readonly RecordRun[]> {
    const chosen = order.choose(positions);
    const at = performance.now();
    const before = chosen.map(({ topic }) => others.countOf(topic));
    const runs = await readSegments(database, chosen, bounds);
    order.note(chosen, runs);
    const found = new Set(runs.map(nameOf));
    for (const [index, position] of chosen.entries()) {
      looks.set(nameOf(position), { at, others: before[index] });
      if (!found.has(nameOf(position))) tail.noteEnd(position);
    }
    return runs.length > 0 || chosen.length === positions.length ? runs : readStored(positions, bounds);
  }

  /** Whether others may have appended behind what this process knows of. */
  function mayGoOn(position: ReadPosition): boolean {
    const look = looks.get(nameOf(position));
    if (look === undefined || look.others !== others.countOf(position.topic)) return true;
    return performance.now() - look.at >= lookAfterMs;
  }

  return async (positions, bounds) => {
    const runs: RecordRun[] = [];
    const asked: ReadPosition[] = [];
    for (const position of positions) {
      const known = reader.read(position, bounds);
      if (known === undefined || (known.length === 0 && mayGoOn(position))) asked.push(position);
      else runs.push(...known);
    }
    return asked.length === 0 ? runs : [...runs, ...(await readStored(asked, bounds))];
  };
}

function nameOf({ topic, partition }: Pick<ReadPosition, 'topic' | 'partition'>): string {
  return `${topic}/${partition}`;
}
