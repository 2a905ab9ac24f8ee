import { setTimeout as pause } from 'node:timers/promises';
import { HeliosError } from '@heliosiq/model';
import type { EventLog, Logger, Meter, Service } from '@heliosiq/ports';

/** So many looks fall into the longest time that stages may be behind: it is known as exactly. */
const looksPerMax = 60;
const lookEveryMsMax = 60_000;
const retryAfterS = 30;

/** Keeps senders from sending more than the stages work off, however long it goes on. */
export interface Backlog {
  /** Throws `rate-limited` while the stages are too far behind. */
  admit(): void;
  /** Asks the log how far behind the stages are; an outage of it leaves the last answer. */
  look(): Promise<void>;
  /** Looks again and again. */
  readonly service: Service;
}

export interface BacklogDeps {
  readonly log: Pick<EventLog, 'lag'>;
  readonly meter: Meter;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How far behind stages may be; 0 = without end. */
  readonly maxMs: number;
}

/** Where the log ended at a moment, by partition of `signals`. */
interface Snapshot {
  readonly at: number;
  readonly ends: ReadonlyMap<number, number>;
  /** Offsets that the groups had committed, by group and partition. */
  readonly committed: ReadonlyMap<string, number>;
}

/**
 * Watches how far behind the stages are that read `signals`. The log keeps records for days and the disk has an end: a load
 * that lasts and that the stages cannot bear would one day cost what was acknowledged. The age of what waits is told by where
 * the log ended at earlier looks; until a process has looked for as long as stages may be behind, it lets everything in. A group
 * that did not move in all that time belongs to no stage that works, and holds nobody up.
 */
export function createBacklog({ log, meter, logger, now, maxMs }: BacklogDeps): Backlog {
  const lookEveryMs = Math.max(1, Math.min(lookEveryMsMax, maxMs / looksPerMax));
  let snapshots: Snapshot[] = [];
  let isTooOld = false;
  const refused = meter.counter({
    name: 'heliosiq_ingest_backlog_refused_total',
    help: 'Appends of senders that were refused because the stages were too far behind.',
  });
  const age = meter.gauge({
    name: 'heliosiq_ingest_backlog_seconds',
    help: 'How long ago the oldest signals came in that a stage has not worked off; at most the time since the start.',
  });

  async function takeSnapshot(): Promise<Snapshot> {
    const ends = new Map<number, number>();
    const committed = new Map<string, number>();
    for (const { group, topic, partition, committedOffset, lagRecords, endOffset } of await log.lag()) {
      if (topic !== 'signals') continue;
      ends.set(partition, endOffset);
      // What retention removed is not behind any more, so that the lag says where a group stands.
      committed.set(`${partition} ${group}`, Math.max(committedOffset, endOffset - lagRecords));
    }
    return { at: now(), ends, committed };
  }

  /** The moment by which the group that is furthest behind has worked everything off. */
  function workedOffUntil(current: Snapshot): number {
    const oldest = snapshots[0] ?? current;
    let until = current.at;
    for (const [place, offset] of current.committed) {
      const partition = Number.parseInt(place, 10);
      const isDone = ({ ends }: Snapshot): boolean => (ends.get(partition) ?? 0) <= offset;
      if (isDone(current) || oldest.committed.get(place) === offset) continue;
      const last = snapshots.findLast(isDone);
      until = Math.min(until, last?.at ?? oldest.at);
    }
    return until;
  }

  async function look(): Promise<void> {
    const current = await takeSnapshot();
    // One that is older than the limit tells that the limit is passed; those before it tell nothing more.
    const firstNeeded = snapshots.findLastIndex(({ at }) => at <= current.at - maxMs);
    if (firstNeeded > 0) snapshots = snapshots.slice(firstNeeded);
    const behindMs = current.at - workedOffUntil(current);
    age.set(behindMs / 1000);
    snapshots.push(current);
    if (behindMs >= maxMs === isTooOld) return;
    isTooOld = !isTooOld;
    const facts = { behindS: Math.round(behindMs / 1000), maxS: Math.round(maxMs / 1000) };
    if (isTooOld) logger.error(facts, 'the stages are too far behind: senders are asked to wait');
    else logger.info(facts, 'the stages have caught up');
  }

  return {
    admit() {
      if (!isTooOld) return;
      refused.add(1);
      throw new HeliosError('rate-limited', 'What came in earlier is not worked off yet', {
        retryAfterS,
        cure: 'Send less, or give the stages more room',
      });
    },
    look,
    service: {
      name: 'backlog',
      async run(signal) {
        while (!signal.aborted) {
          await pause(maxMs === 0 ? lookEveryMsMax : lookEveryMs, undefined, { signal, ref: false }).catch(
            () => undefined,
          ); // an abort only ends the pause
          if (maxMs === 0 || signal.aborted) continue;
          await look().catch((error: unknown) => logger.warn({ error }, 'the backlog could not be asked for'));
        }
      },
    },
  };
}

/** A log that takes what senders send only while the stages are not too far behind. */
export function logWithBacklog(log: EventLog, backlog: Pick<Backlog, 'admit'>): EventLog {
  return {
    ...log,
    async append(...given) {
      if (given[1] === 'signals') backlog.admit();
      await log.append(...given);
    },
  };
}
