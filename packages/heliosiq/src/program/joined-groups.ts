import { setTimeout as pause } from 'node:timers/promises';
import type { EventLog } from '@heliosiq/ports';

const lookEveryMs = 50;
/** A log that lists groups only once they have committed something must not hold up a start. */
const joinTimeoutMs = 5000;

/** A log that remembers which groups its consumers are of. */
export interface JoiningLog {
  readonly log: EventLog;
  /** Resolves when the log knows all groups of consumers that were opened, seen twice in a row, or after five seconds. */
  joined(): Promise<void>;
}

/** Tells when stages have taken their places in the log: before that nobody can say how far behind they are. */
export function createJoiningLog(log: EventLog): JoiningLog {
  const groups = new Set<string>();
  return {
    log: {
      ...log,
      consumer(options) {
        groups.add(options.group);
        return log.consumer(options);
      },
    },
    async joined() {
      const deadline = performance.now() + joinTimeoutMs;
      for (let seen = 0; seen < 2 && performance.now() < deadline;) {
        await pause(lookEveryMs);
        const known = new Set((await log.lag()).map(({ group }) => group));
        seen = groups.size > 0 && [...groups].every((group) => known.has(group)) ? seen + 1 : 0;
      }
    },
  };
}
