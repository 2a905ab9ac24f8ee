import { setTimeout as delay } from 'node:timers/promises';
import { HeliosError } from '@heliosiq/model';

/** A place of a group: how far it is to be moved, and under which ownership that was worked for. */
export interface OffsetCommit {
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
  readonly nextOffset: number;
}

/** What became of an attempt: `moved` means that the group has changed since, and who owns what must be looked at again. */
export type CommitOutcome = 'done' | 'moved' | { readonly failed: HeliosError };

/** How long a commit waits out that the group settles or the brokers come back. */
const patienceMs = 60_000;
const pauseMs = 200;

interface Waiting extends OffsetCommit {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers commits: one request is under way at a time, and what is asked for meanwhile goes with the next one. A place never
 * moves back.
 */
export function createOffsetCommits(options: {
  /** Whether this member owns the place under this epoch now. */
  readonly isOwned: (commit: OffsetCommit) => boolean;
  readonly send: (commits: readonly OffsetCommit[]) => Promise<CommitOutcome>;
}): { readonly commit: (commit: OffsetCommit) => Promise<void>; end(): void } {
  let waiting: Waiting[] = [];
  let sending: Promise<void> | undefined;
  let isEnded = false;
  const durable = new Map<string, number>();

  /** Answers what needs no request, and returns the furthest of each place that does. */
  function settle(): readonly OffsetCommit[] {
    const furthest = new Map<string, OffsetCommit>();
    waiting = waiting.filter((commit) => {
      const place = placeOf(commit);
      if (!options.isOwned(commit)) {
        commit.reject(lost(commit));
        return false;
      }
      if ((durable.get(place) ?? -1) >= commit.nextOffset) {
        commit.resolve();
        return false;
      }
      if ((furthest.get(place)?.nextOffset ?? -1) < commit.nextOffset) furthest.set(place, commit);
      return true;
    });
    return [...furthest.values()];
  }

  async function sendAll(): Promise<void> {
    await Promise.resolve();
    let givenUpAt = performance.now() + patienceMs;
    for (let commits = settle(); commits.length > 0; commits = settle()) {
      const outcome = isEnded ? { failed: ended() } : await options.send(commits);
      if (outcome === 'done') {
        for (const commit of commits) durable.set(placeOf(commit), commit.nextOffset);
        givenUpAt = performance.now() + patienceMs;
        continue;
      }
      if (isEnded || performance.now() > givenUpAt) {
        const error = outcome === 'moved' ? unsettled() : outcome.failed;
        for (const commit of waiting) commit.reject(error);
        waiting = [];
        break;
      }
      await delay(pauseMs);
    }
    sending = undefined;
  }

  return {
    commit: (commit) =>
      new Promise((resolve, reject) => {
        waiting.push({ ...commit, resolve, reject });
        sending ??= sendAll();
      }),
    end() {
      isEnded = true;
    },
  };

  function placeOf({ topic, partition, epoch }: OffsetCommit): string {
    return `${topic}/${partition}/${epoch}`;
  }
}

function lost({ topic, partition }: OffsetCommit): HeliosError {
  return new HeliosError(
    'conflict',
    `Partition ${partition} of ${topic} is no longer owned by this member of the group`,
  );
}

function unsettled(): HeliosError {
  return new HeliosError('unavailable', 'Kafka: the group does not settle', { retryAfterS: 1 });
}

function ended(): HeliosError {
  return new HeliosError('unavailable', 'The consumer has left its group', { retryAfterS: 1 });
}
