import { setImmediate as nextTurn } from 'node:timers/promises';
import { HeliosError } from '@heliosiq/model';
import { tooMuch } from './query-fault.ts';

/** What one question may use. */
export interface QueryLimits {
  /** Series that selectors match. Default 200,000. */
  readonly seriesMax?: number;
  /** Samples that are read. Default 50,000,000. */
  readonly samplesMax?: number;
  /** Values of series at steps that are in memory at once, 9 bytes each. Default 20,000,000. */
  readonly cellsMax?: number;
}

/** Counts what a question uses, and lets others have their turn. */
export interface QueryBudget {
  countSeries(count: number): void;
  countSamples(count: number): void;
  /** Counts values that stay in memory. */
  holdCells(count: number): void;
  /** A promise to be awaited when it is time to let others have a turn; throws what the signal was aborted with. */
  breathe(): Promise<void> | undefined;
}

/** Work without a turn of the event loop: what others wait for. */
const sliceMs = 4;

export function createQueryBudget(
  { seriesMax = 200_000, samplesMax = 50_000_000, cellsMax = 20_000_000 }: QueryLimits,
  signal: AbortSignal | undefined,
): QueryBudget {
  let series = 0;
  let samples = 0;
  let cells = 0;
  let sliceStartedAt = performance.now();

  async function turn(): Promise<void> {
    await nextTurn();
    throwIfAborted(signal);
    sliceStartedAt = performance.now();
  }

  return {
    countSeries(count) {
      series += count;
      if (series > seriesMax)
        throw tooMuch(`query processing would load too many series: more than ${seriesMax} match`);
    },
    countSamples(count) {
      samples += count;
      if (samples > samplesMax) {
        throw tooMuch(`query processing would load too many samples into memory: more than ${samplesMax}`);
      }
    },
    holdCells(count) {
      cells += count;
      if (cells > cellsMax) {
        throw tooMuch(`query processing would hold too many values in memory: more than ${cellsMax}`);
      }
    },
    breathe: () => (performance.now() - sliceStartedAt < sliceMs ? undefined : turn()),
  };
}

/** A passed time limit is told as such, whatever set it off. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  if (signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError') {
    throw new HeliosError('timeout', 'query timed out in expression evaluation', { cause: signal.reason });
  }
  signal.throwIfAborted();
}
