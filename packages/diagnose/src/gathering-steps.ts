import type { InvestigationStep } from '@heliosiq/model';

/** How one source is asked, and what is said of it. */
export interface Gatherer<Found> {
  readonly name: InvestigationStep['name'];
  /** Asks the source; `signal` ends when its time is up. */
  ask(signal: AbortSignal): Promise<Found>;
  /** What the investigation goes on with when the source fails or takes too long. */
  readonly fallback: Found;
  /** One sentence for the answer in that case. */
  readonly failed: string;
  /** What was found, in words, and how many rows. */
  tell(found: Found): { readonly text: string; readonly items: number; readonly isPartial?: boolean };
}

/** Asks sources one by one or side by side, each in its time. */
export interface GatheringSteps {
  gather<Found>(gatherer: Gatherer<Found>): Promise<Found>;
  /** What could not be had, one sentence each, in the order of the sources asked. */
  readonly missing: readonly string[];
  note(sentence: string): void;
}

export interface GatheringLimits {
  /** For one source. */
  readonly timeMs: number;
  /** Ends the whole: then `gather` rejects. */
  readonly signal: AbortSignal;
  /** Ends every source that is still asked, without ending the whole. */
  readonly inTime: AbortSignal;
  readonly onStep?: ((step: InvestigationStep) => void) | undefined;
}

/** Rejects when the signal ends, whatever the work does then. */
async function until<Found>(signal: AbortSignal, work: Promise<Found>): Promise<Found> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(new Error('out of time'));
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Each source is asked within its time; one that fails is named and the investigation goes on without it. */
export function createGatheringSteps({ timeMs, signal, inTime, onStep }: GatheringLimits): GatheringSteps {
  const missing: string[] = [];
  return {
    missing,
    note: (sentence) => void missing.push(sentence),
    async gather({ name, ask, fallback, failed, tell }) {
      const startedMs = performance.now();
      const end = AbortSignal.any([signal, inTime, AbortSignal.timeout(timeMs)]);
      const step = (
        outcome: InvestigationStep['outcome'],
        told: { readonly text: string; readonly items: number },
      ): void =>
        onStep?.({
          name,
          outcome,
          text: told.text,
          items: told.items,
          durationMs: Math.round(performance.now() - startedMs),
        });
      try {
        const found = await until(end, ask(end));
        const { isPartial = false, ...told } = tell(found);
        step(isPartial ? 'partial' : 'done', told);
        return found;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof Error)) throw error;
        missing.push(failed);
        step('failed', { text: failed, items: 0 });
        return fallback;
      }
    },
  };
}
