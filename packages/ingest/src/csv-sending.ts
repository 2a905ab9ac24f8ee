import { setTimeout as wait } from 'node:timers/promises';
import { HeliosError, errorTable } from '@heliosiq/model';
import type { CsvMapping } from './csv-mapping.ts';
import type { CsvProgress } from './csv-resume.ts';
import { readCsvSignals } from './csv-signals.ts';
import type { CsvPlace, WireSample } from './csv-signals.ts';
import type { CsvSource } from './csv-source.ts';

/** A row or cell that was not taken. */
export interface CsvProblem {
  readonly line: number;
  readonly reason: string;
}

/** What the server says of a request. */
export interface CsvReceipt {
  readonly accepted: number;
  readonly rejectedTotal: number;
  readonly rejected: readonly { readonly index: number; readonly reason: string }[];
}

/** What became of a file. */
export interface CsvTally {
  readonly accepted: number;
  readonly rejected: number;
  /** The first of them. */
  readonly problems: readonly CsvProblem[];
  /** False when it was stopped before its end. */
  readonly isWhole: boolean;
}

export interface CsvSendingOptions {
  readonly source: CsvSource;
  readonly mapping: CsvMapping;
  /** What was sent before; the source begins there. */
  readonly before?: CsvProgress | undefined;
  /** Sends samples as JSON; rejects as the client does. */
  readonly send: (body: string) => Promise<CsvReceipt>;
  /** Told after every request that was stored. */
  readonly onProgress: (progress: CsvProgress | undefined, accepted: number) => Promise<void>;
  /** Told when a request has to wait. */
  readonly onWait?: (reason: string, delayMs: number) => void;
  /** Stops after the request that is under way. */
  readonly signal: AbortSignal;
  readonly samplesPerRequest?: number;
  /** How long the server may be away in one piece before it is given up. */
  readonly patienceMs?: number;
}

const problemsShown = 10;
const cellsPerRowMax = 20_000;
const delayMaxMs = 30_000;

/**
 * Sends a file as samples, one request after the other. While the server asks to wait, or is away after it was there
 * before, the same request is sent again: samples that come twice are stored once.
 */
export async function sendCsv(options: CsvSendingOptions): Promise<CsvTally> {
  const { source, mapping, before, onProgress, signal, samplesPerRequest = 5000 } = options;
  const problems: CsvProblem[] = [];
  let accepted = before?.accepted ?? 0;
  let rejected = before?.rejected ?? 0;
  let place: CsvPlace | undefined = before?.place;
  let batch: WireSample[] = [];
  let lines: number[] = [];
  let wasThere = false;

  function refuse(line: number, reason: string): void {
    rejected += 1;
    if (problems.length < problemsShown) problems.push({ line, reason });
  }

  /** False when it was stopped before the batch was stored. */
  async function flush(): Promise<boolean> {
    const reached = place;
    if (batch.length > 0) {
      const receipt = await sendPatiently(JSON.stringify(batch), options, wasThere);
      if (receipt === undefined) return false;
      // An answer means that the server was there, also one that refuses the whole batch.
      wasThere = true;
      if (typeof receipt === 'string') for (const line of lines) refuse(line, receipt);
      else {
        accepted += receipt.accepted;
        rejected += receipt.rejectedTotal - receipt.rejected.length;
        for (const { index, reason } of receipt.rejected) refuse(lines[index] ?? 0, reason);
      }
    }
    batch = [];
    lines = [];
    await onProgress(reached === undefined ? undefined : { place: reached, accepted, rejected }, accepted);
    return true;
  }

  let isBetweenRows = true;
  const onPlace = (reached: CsvPlace): void => {
    place = reached;
    isBetweenRows = true;
  };
  for await (const { line, outcome } of readCsvSignals(source.stream, mapping, { from: before?.place, onPlace })) {
    // Between two rows, so that what was sent ends where the next run begins, unless one row alone is a batch.
    const isFull = batch.length >= (isBetweenRows ? samplesPerRequest : samplesPerRequest + cellsPerRowMax);
    if ((isFull && !(await flush())) || signal.aborted) return { accepted, rejected, problems, isWhole: false };
    isBetweenRows = false;
    if (outcome.ok) {
      batch.push(outcome.value);
      lines.push(line);
    } else refuse(line, outcome.reason);
  }
  const isWhole = await flush();
  return { accepted, rejected, problems, isWhole };
}

/** The receipt, or the reason why the whole batch was refused; `undefined` when it was stopped before. */
async function sendPatiently(
  body: string,
  { send, onWait, signal, patienceMs = 600_000 }: CsvSendingOptions,
  wasThere: boolean,
): Promise<CsvReceipt | string | undefined> {
  let awayMs = 0;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await send(body);
    } catch (error) {
      if (!(error instanceof HeliosError)) throw error;
      if (error.code === 'unprocessable') return error.message;
      const isOverload = error.code === 'rate-limited';
      const isPatient =
        isOverload || ((wasThere || attempt > 0 || error.retryAfterS !== undefined) && awayMs < patienceMs);
      if (!errorTable[error.code].retryable || !isPatient) throw error;
      if (signal.aborted) return undefined;
      const delayMs = Math.min(delayMaxMs, (error.retryAfterS ?? 0) * 1000 || 250 * 2 ** Math.min(attempt, 7));
      awayMs = isOverload ? 0 : awayMs + delayMs;
      onWait?.(error.message, delayMs);
      await wait(delayMs, undefined, { signal }).catch(() => undefined); // the abort only ends the wait
      if (signal.aborted) return undefined;
    }
  }
}
