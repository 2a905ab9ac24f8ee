import { type AnomalyEvent, HeliosError, type TenantId } from '@heliosiq/model';
import type { EventLog, Logger, TenantStore } from '@heliosiq/ports';
import type { SilencePart } from './silence-part.ts';
import { createWakefulness } from './wakefulness.ts';

export interface SilenceRoundsDeps {
  readonly part: SilencePart;
  readonly log: Pick<EventLog, 'lag'>;
  /** Names tenants of whom nothing has come since the start; without it only those are looked at who sent since. */
  readonly tenants?: Pick<TenantStore, 'tenants'> | undefined;
  readonly logger: Logger;
  readonly now: () => number;
  /** Consumer group of the stage: where it has records left, nobody can be said to be silent. */
  readonly group: string;
  /** Time between two rounds. */
  readonly everyMs: number;
}

/** What a round found of a tenant. */
export interface TenantSilenceEvents {
  readonly tenantId: TenantId;
  readonly events: readonly AnomalyEvent[];
}

/** Looks by the wall clock, again and again, who has fallen silent; for the time in which nobody sends. */
export interface SilenceRounds {
  /** Partitions that this process looks at from now on. */
  assigned(partitions: readonly number[]): void;
  /** To be called before records are judged: a stop of the machine is noticed by whatever comes first after it. */
  noticeBreak(): void;
  look(): Promise<readonly TenantSilenceEvents[]>;
}

export function createSilenceRounds(deps: SilenceRoundsDeps): SilenceRounds {
  const { part, log, logger, group, everyMs } = deps;
  const wakefulness = createWakefulness(deps.now, everyMs);
  part.awake(wakefulness.since());
  /** Undefined until it is read, which an assignment asks for. */
  let known: readonly TenantId[] | undefined;

  /** An outage of a store passes, and the next round finds what this one did not. */
  async function unlessOut<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      const isPassing = error instanceof HeliosError && (error.code === 'unavailable' || error.code === 'timeout');
      if (!isPassing) throw error;
      logger.warn({ error }, 'a look for silence is left out: a store cannot be asked');
      return undefined;
    }
  }

  /** Partitions whose records are all worked off. */
  async function workedOff(): Promise<ReadonlySet<number>> {
    known ??= (await deps.tenants?.tenants())?.map(({ id }) => id) ?? [];
    const own = (await log.lag()).filter((one) => one.group === group && one.topic === 'signals');
    return new Set(own.filter(({ lagRecords }) => lagRecords === 0).map(({ partition }) => partition));
  }

  return {
    assigned(partitions) {
      known = undefined;
      wakefulness.assigned(partitions);
    },
    noticeBreak: () => void wakefulness.tick(),
    async look() {
      const now = wakefulness.tick();
      const done = await unlessOut(workedOff);
      if (done === undefined) return [];
      const awakeSince = new Map([...wakefulness.since()].filter(([partition]) => done.has(partition)));
      const round = { now, awakeSince, onLeft: wakefulness.left };
      const found: TenantSilenceEvents[] = [];
      for (const tenantId of new Set([...(known ?? []), ...part.tenants()])) {
        const events = await unlessOut(() => part.lookAround(tenantId, round));
        if (events !== undefined && events.length > 0) found.push({ tenantId, events });
      }
      return found;
    },
  };
}
